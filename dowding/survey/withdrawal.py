"""A scenario without some of its fire units or sensors: what leaves with them is the difference to the whole one."""

from collections.abc import Sequence

from dowding.catalogue.figures import nearest
from dowding.errors import CoverageError
from dowding.scenario import Scenario


def without(scenario: Scenario, names: Sequence[str]) -> Scenario:
    """The scenario without the fire units and sensors of these names; CoverageError for a name that it does not have."""
    own = [unit.name for unit in scenario.fire_unit] + [sensor.name for sensor in scenario.sensor]
    for name in names:
        if name not in own:
            hint = nearest(name, own) or f"it has {', '.join(own)}"
            raise CoverageError(f"without: got {name!r}, must be a fire unit or sensor of the scenario", hint=hint)
    if set(own) <= set(names):
        raise CoverageError(f"without: nothing that sees is left without {', '.join(names)}", hint="withdraw fewer")
    units = tuple(unit for unit in scenario.fire_unit if unit.name not in names)
    sensors = tuple(sensor for sensor in scenario.sensor if sensor.name not in names)
    return scenario.model_copy(update={"fire_unit": units, "sensor": sensors})
