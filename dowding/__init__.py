"""Dowding: simulate and analyse air defence at mission level, on openly published figures."""

__version__ = "0.1.0"
