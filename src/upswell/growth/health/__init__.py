"""How likely a customer is to stay as it is: a scorecard of whole points, fitted on the company's own past."""
