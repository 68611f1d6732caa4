"""The forecast: what recurring revenue comes to in the next months, how sure that is, and when nobody can say."""
