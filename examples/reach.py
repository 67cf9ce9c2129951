"""How far does it really see? Twenty replicates of the Ankara raid in a few lines: claimed range against first detections."""

import numpy as np

import dowding
from dowding.model import compile_scenario

compiled = compile_scenario(dowding.load("ankara"))
ranges: dict[str, list[float]] = {}
for replicate in range(20):
    targets = dowding.simulate(compiled, replicate=replicate)["targets"]
    for kind, range_m in zip(targets["class"], targets["first_detected_range_m"], strict=True):
        ranges.setdefault(kind, []).append(range_m / 1000.0)

print("claimed: 402 km")
for kind, values in sorted(ranges.items()):
    low, middle, high = np.nanpercentile(values, (5, 50, 95))
    print(f"{kind:18s} first detected at {middle:4.0f} km (5 to 95 %: {low:.0f} to {high:.0f} km)")
