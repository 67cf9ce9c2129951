"""Make tests/data/smooth_earth_golden.csv: the field over a smooth, perfectly reflecting sphere by Fock's series of modes (mpmath).

V = 2 sqrt(pi x) |sum exp(j x t_s) w(t_s - y1) w(t_s - y2) / w'(t_s)^2|, t_s = exp(j pi/3) |zero of Ai|, w = sqrt(pi) (Bi + j Ai):
Fock, Electromagnetic Diffraction and Propagation Problems (1965), ch. 10, for horizontal polarisation (w(t_s) = 0). It holds
in sight and beyond; in sight it takes many modes. Run from the repository's root: python -m builders.smooth_earth_golden
"""

import csv
from pathlib import Path

from mpmath import airyai, airyaizero, airybi, exp, log10, mp, mpc, mpf, pi, sqrt

TARGET = Path("tests/data/smooth_earth_golden.csv")
RADIUS = mpf(6371000) * 4 / 3


MODES_MOST = 150


def modes() -> list[tuple[mpc, mpc]]:
    """(t_s, w'(t_s)) of the first modes."""
    zeros = [exp(1j * pi / 3) * -airyaizero(s) for s in range(1, MODES_MOST + 1)]
    return [(t, airy_w(t, 1)) for t in zeros]


def airy_w(t: mpc, derivative: int = 0) -> mpc:
    return sqrt(pi) * (airybi(t, derivative=derivative) + 1j * airyai(t, derivative=derivative))


def factor_db(distance: mpf, h1: mpf, h2: mpf, wavelength: mpf, known: list[tuple[mpc, mpc]]) -> mpf | None:
    """The field over that in free space in dB, or None where the modes known do not suffice."""
    k = 2 * pi / wavelength
    m = (k * RADIUS / 2) ** (mpf(1) / 3)
    x, y1, y2 = m * distance / RADIUS, k * h1 / m, k * h2 / m
    total = mpc(0)
    for s, (t, slope) in enumerate(known):
        term = exp(1j * x * t) * airy_w(t - y1) * airy_w(t - y2) / slope**2
        total += term
        if s > 5 and abs(term) < abs(total) * mpf(10) ** -7:
            return 20 * log10(2 * sqrt(pi * x) * abs(total))
    return None


CASES = (  # wavelength, antenna height, target height (m), distances (km)
    (1.0, 30.0, 300.0, (40, 60, 75, 90, 110, 150, 200)),
    (0.23, 20.0, 5.0, (8, 12, 18, 24, 27, 30, 36, 45, 60)),
    (0.23, 30.0, 1000.0, (100, 120, 135, 145, 152, 160, 180, 220)),
    (0.1, 15.0, 30.0, (20, 25, 30, 35, 38, 41, 45, 55, 70)),
    (0.1, 10.0, 3000.0, (190, 210, 225, 235, 242, 260, 300)),
    (0.03, 20.0, 5.0, (14, 18, 22, 25, 27, 29, 32, 40)),
)


def main() -> None:
    mp.dps = 40
    known = modes()
    with TARGET.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["wavelength_m", "antenna_m", "target_m", "distance_m", "factor_db"])
        for wavelength, h1, h2, kilometres in CASES:
            for km in kilometres:
                value = factor_db(mpf(km) * 1000, mpf(h1), mpf(h2), mpf(wavelength), known)
                if value is not None:
                    writer.writerow([wavelength, h1, h2, km * 1000, mp.nstr(value, 8)])


if __name__ == "__main__":
    main()
