"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import physics, simulation


def main() -> int:
    """Run both parts, the second even if the first fails."""
    return max(physics.main(), simulation.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
