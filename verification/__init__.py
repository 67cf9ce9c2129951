"""Dowding against theory, published cases and other programs."""
