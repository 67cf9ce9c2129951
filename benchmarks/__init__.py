"""Time per stage, named: `python -m benchmarks` from the root of the repository."""
