"""Tracks from detections: a multi-target tracker that runs inside the engine's compiled step or by itself on a table of detections."""
