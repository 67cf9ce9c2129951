"""Recordings of real radars through our tracker: plots to tracks, a report of their quality, and a comparison with other reports."""
