"""Everything: `python -m verification [--quick]`; exits 1 if any number is outside."""

import sys

from verification import measures, physics, simulation


def main() -> int:
    """Run all parts, the later ones even if an earlier one fails."""
    return max(physics.main(), measures.main(sys.argv[1:]), simulation.main(sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(main())
