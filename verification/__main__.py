"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import (
    assignment,
    classes,
    cluttered,
    engagement,
    estimation,
    many_sensors,
    measures,
    over_terrain,
    physics,
    queues,
    receivers,
    recordings,
    simulation,
    studies,
    unresolved,
)


def main() -> int:
    """Run all parts, each even if another fails."""
    arguments = sys.argv[1:]
    by_theory = max(physics.main(), assignment.main(arguments), recordings.main(), estimation.main(arguments), many_sensors.main(arguments))
    by_runs = max(measures.main(arguments), studies.main(arguments), engagement.main(arguments), simulation.main(arguments))
    by_runs = max(by_runs, queues.main(arguments), unresolved.main(arguments), cluttered.main(arguments))
    if "--quick" not in arguments:  # the tests ask it
        by_runs = max(by_runs, over_terrain.main(arguments))
    return max(by_theory, by_runs, receivers.main(arguments), classes.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
