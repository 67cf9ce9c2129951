"""The scenario as arrays, constant for the whole run: Scenario -> Model."""

from dowding.model.bundles import (
    Assets,
    Compiled,
    DetectionTables,
    Interceptors,
    Model,
    Names,
    Paths,
    Sensors,
    Settings,
    Targets,
    Units,
)
from dowding.model.compiling import RANGE_RATE_SPAN_MPS, compile_scenario

__all__ = [
    "RANGE_RATE_SPAN_MPS",
    "Assets",
    "Compiled",
    "DetectionTables",
    "Interceptors",
    "Model",
    "Names",
    "Paths",
    "Sensors",
    "Settings",
    "Targets",
    "Units",
    "compile_scenario",
]
