"""A run's tables into numbers: what was seen and shot, how good the tracks were, and what became of a claim. Nothing here draws."""
