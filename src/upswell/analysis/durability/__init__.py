"""Durability: how much of an expansion is still there 30, 90, 180, 365 days later, and what is at risk today."""
