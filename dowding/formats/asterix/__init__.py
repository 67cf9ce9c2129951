"""ASTERIX, the Eurocontrol format of surveillance data: radar plots, tracks and ADS-B reports as columns of NumPy arrays."""

from dowding.formats.asterix.reading import Recording, load, read

__all__ = ["Recording", "load", "read"]
