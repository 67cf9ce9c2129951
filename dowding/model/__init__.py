"""The scenario as arrays, constant for the whole run: Scenario -> Model."""

from dowding.model.bundles import Compiled, Defence, Flights, Model, Names, Paths, Settings
from dowding.model.compiling import compile_scenario
from dowding.model.keeping import Kept

__all__ = ["Compiled", "Defence", "Flights", "Kept", "Model", "Names", "Paths", "Settings", "compile_scenario"]
