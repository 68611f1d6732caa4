"""The price and packaging review."""
