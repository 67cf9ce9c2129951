"""Doing it again: variants of a scenario, doubtful figures drawn, thousands of replicates kept, and what they say."""
