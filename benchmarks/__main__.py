"""`python -m benchmarks [stages] [scale] [--no-compile]`: time per stage, and growth with the size of the raid."""

import argparse

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("parts", nargs="*", choices=["stages", "scale"], default=["stages", "scale"], help="what to measure; all if left out")
parser.add_argument("--no-compile", action="store_true", help="leave out the first compile, which takes most of a minute")
options = parser.parse_args()

if "stages" in options.parts:
    from benchmarks import stages

    stages.report(not options.no_compile)
if "scale" in options.parts:
    from benchmarks import scale

    scale.report()
