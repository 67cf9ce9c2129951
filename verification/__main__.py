"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import measures, physics, recordings, simulation, studies


def main() -> int:
    """Run all parts, each even if another fails."""
    arguments = sys.argv[1:]
    by_theory = max(physics.main(), recordings.main())
    return max(by_theory, measures.main(arguments), studies.main(arguments), simulation.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
