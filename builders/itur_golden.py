"""Make tests/data/itur_golden.csv with the independent implementation `itur` 0.4.0 (PyPI; with astropy, in an environment of its own).

Run from the repository's root: python -m builders.itur_golden
"""

import csv
import math
import random
from pathlib import Path

from itur.models import itu453, itu676, itu838

TARGET = Path("tests/data/itur_golden.csv")


def value(quantity: object) -> float:
    return float(getattr(quantity, "value", quantity))


def rows() -> list[list[object]]:
    draw = random.Random(1)
    table: list[list[object]] = []
    for _ in range(60):
        ghz, hpa = 10 ** draw.uniform(0.0, 2.9), draw.uniform(50.0, 1030.0)
        kelvin, vapour = draw.uniform(210.0, 310.0), draw.uniform(0.0, 20.0)
        table.append(["gas", ghz, hpa, kelvin, vapour, value(itu676.gamma_exact(ghz, hpa, vapour, kelvin))])
    for _ in range(60):
        ghz, rate = 10 ** draw.uniform(0.0, 2.9), draw.uniform(0.1, 120.0)
        elevation, tilt = draw.uniform(0.0, 90.0), draw.uniform(0.0, 90.0)
        table.append(["rain", ghz, rate, elevation, tilt, value(itu838.rain_specific_attenuation(rate, ghz, elevation, tilt))])
    for celsius in (-20.0, 0.0, 15.0, 35.0):
        table.append(["saturation", celsius, 1000.0, 0.0, 0.0, value(itu453.saturation_vapour_pressure(celsius, 1000.0, "water"))])
    for ghz in (1.3, 3.0, 10.0, 22.235, 35.0):
        for elevation in (10.0, 30.0, 90.0):
            # its slant path takes the total pressure for that of dry air: 1 % more oxygen than ours
            loss = value(itu676.gaseous_attenuation_slant_path(ghz, elevation, 7.5, 1013.25, 288.15, mode="exact"))
            table.append(["slant", ghz, elevation, 0.0, 0.0, loss])
    return [[name, *(repr(x) for x in numbers)] for name, *numbers in table if math.isfinite(numbers[-1])]


def main() -> None:
    with TARGET.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["quantity", "a", "b", "c", "d", "value"])
        writer.writerows(rows())


if __name__ == "__main__":
    main()
