"""What a person writes, read, checked, looked up in the catalogue, and written out again."""

from dowding.scenario.doctrines import Doctrine, Salvo
from dowding.scenario.figures import UsedFigure, doubtful, figures_used
from dowding.scenario.paths import Point, RoutePoint
from dowding.scenario.reading import from_tables, load, read, shipped
from dowding.scenario.reference import json_schema
from dowding.scenario.resolve import resolve
from dowding.scenario.resolved import Resolved, ResolvedFireUnit, ResolvedFlight, ResolvedLink, ResolvedRadar, ResolvedSensor, Tour
from dowding.scenario.schema import Asset, Output, Scenario, Theatre, Tracker
from dowding.scenario.writing import write

__all__ = [
    "Asset",
    "Doctrine",
    "Output",
    "Point",
    "Resolved",
    "ResolvedFireUnit",
    "ResolvedFlight",
    "ResolvedLink",
    "ResolvedRadar",
    "ResolvedSensor",
    "RoutePoint",
    "Salvo",
    "Scenario",
    "Theatre",
    "Tour",
    "Tracker",
    "UsedFigure",
    "doubtful",
    "figures_used",
    "from_tables",
    "json_schema",
    "load",
    "read",
    "resolve",
    "shipped",
    "write",
]
