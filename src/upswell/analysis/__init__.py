"""Longer looks at a book: cohorts by age, the family of retention figures, and what wrong formulas would say."""
