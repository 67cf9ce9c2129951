"""The scenario as arrays, constant for the whole run: Scenario -> Model."""

from dowding.model.bundles import Compiled, Model, Names, Paths, Settings
from dowding.model.compiling import compile_scenario

__all__ = ["Compiled", "Model", "Names", "Paths", "Settings", "compile_scenario"]
