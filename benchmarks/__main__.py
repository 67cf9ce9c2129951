"""`python -m benchmarks [assignment] [filters] [looks] [coverage] [stages] [scale] [raid] [--no-compile]`.

Weapons on targets, one track's filter, one look at a target, maps, time per stage, growth with the size of the raid,
and a long raid against a network.
"""

import argparse

PARTS = ["assignment", "filters", "looks", "coverage", "stages", "scale", "raid"]

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("parts", nargs="*", choices=PARTS, default=PARTS, help="what to measure; all if left out")
parser.add_argument("--no-compile", action="store_true", help="leave out the first compile, which takes most of a minute")
options = parser.parse_args()

if "assignment" in options.parts:
    from benchmarks import assignment

    assignment.report()
if "filters" in options.parts:
    from benchmarks import filters

    filters.report()
if "looks" in options.parts:
    from benchmarks import looks

    looks.report()
if "coverage" in options.parts:
    from benchmarks import coverage_maps

    coverage_maps.main([])
if "stages" in options.parts:
    from benchmarks import stages

    stages.report(not options.no_compile)
if "scale" in options.parts:
    from benchmarks import scale

    scale.report()
if "raid" in options.parts:
    from benchmarks import network_raid

    network_raid.report()
