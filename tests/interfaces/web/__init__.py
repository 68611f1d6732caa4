"""The pages in a real browser: what a person sees, hears read out, reaches by keyboard and does without JavaScript."""
