"""Asking the past what would have been said then: origins, what was known at each, and how right it was."""
