"""The version of what stands here."""

__version__ = "0.1.0"
