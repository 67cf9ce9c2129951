"""Openly published figures of radars, interceptors, systems and targets: each with its range, source and grade.

Grades: A official, or the same from several good sources; B from the manufacturer, or from one good source; C commonly
quoted, from a single source or from sources that disagree; D assumed; U given by the user in a scenario.
"""

from dowding.catalogue.entries import Entry, RadarUse, Source, parse_entry
from dowding.catalogue.figures import GRADES, Figure, Value
from dowding.catalogue.library import KINDS, Catalogue, read_kind
from dowding.catalogue.schema import Kind

__all__ = ["GRADES", "KINDS", "Catalogue", "Entry", "Figure", "Kind", "RadarUse", "Source", "Value", "parse_entry", "read_kind"]
