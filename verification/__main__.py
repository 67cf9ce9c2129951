"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import measures, physics, simulation, studies


def main() -> int:
    """Run all parts, each even if another fails."""
    arguments = sys.argv[1:]
    return max(physics.main(), measures.main(arguments), studies.main(arguments), simulation.main(arguments))


if __name__ == "__main__":
    sys.exit(main())
