"""What to do about it: health, opportunities, guardrails, offers and what came of them."""
