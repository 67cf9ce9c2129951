"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import physics, simulation, studies


def main() -> int:
    """Run all parts, each even if another fails."""
    return max(physics.main(), studies.main(sys.argv[1:]), simulation.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
