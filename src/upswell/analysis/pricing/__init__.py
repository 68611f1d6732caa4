"""The price and packaging review: what is charged against the list, what could be sold next, what people would pay."""
