"""Make tests/data/detection_golden.csv: detection probabilities from textbook closed forms at 60 or more digits (mpmath).

The forms are those of DiFranco and Rubin (1968), ch. 10-11, which cancel badly in double precision; the package sums
other series. Run from the repository's root: python -m builders.detection_golden
"""

import csv
from pathlib import Path

from mpmath import mp, mpf

TARGET = Path("tests/data/detection_golden.csv")


def threshold(pfa: mpf, n: int) -> mpf:
    guess = mpf(n) + mp.sqrt(n) * 8
    low, high = mpf(0), guess * 4 + 200
    for _ in range(200):  # 60 digits
        middle = (low + high) / 2
        low, high = (middle, high) if upper(n, middle) > pfa else (low, middle)
    return (low + high) / 2


def upper(n: int, x: mpf) -> mpf:
    """Regularised upper gamma function of a whole shape: the Poisson sum."""
    term = total = mp.exp(-x)
    for k in range(1, n):
        term = term * x / k
        total += term
    return total if n > 0 else mpf(0)


def steady(t: mpf, n: int, s: mpf) -> mpf:
    mean, total, weight, k = n * s, mpf(0), mp.exp(-n * s), 0
    q = upper(n, t)
    step = mp.exp(-t + n * mp.log(t) - mp.loggamma(n + 1))
    while k < mean or weight > mpf(10) ** -40:
        total += weight * q
        q, step = q + step, step * t / (n + k + 1)
        k += 1
        weight = weight * mean / k
    return total


def lower(n: int, x: mpf) -> mpf:
    return 1 - upper(n, x) if n > 0 else mpf(1)


def one(t: mpf, n: int, s: mpf) -> mpf:
    if n == 1:
        return mp.exp(-t / (1 + s))
    g = 1 + 1 / (n * s)
    return upper(n - 1, t) + g ** (n - 1) * lower(n - 1, t / g) * mp.exp(-t / (1 + n * s))


def three(t: mpf, n: int, s: mpf) -> mpf:
    """Partial fractions of the moment generating function: noise gamma(n-2) plus a gamma(2) of scale c, integrated by parts."""
    c = 1 + n * s / 2
    if n == 1:
        return mp.exp(-t / c) * (1 + (1 - 1 / c) * t / c)
    if n == 2:
        return mp.exp(-t / c) * (1 + t / c)
    # P = Q(m,t) + integral_0^t y^(m-1) e^-y / G(m) e^-(t-y)/c (1 + (t-y)/c) dy with m = n - 2
    m, b = n - 2, 1 - 1 / c
    first = lower(m, b * t) / b**m
    second = m * lower(m + 1, b * t) / b ** (m + 1)
    return upper(m, t) + mp.exp(-t / c) * ((1 + t / c) * first - second / c)


def four(t: mpf, n: int, s: mpf) -> mpf:
    c = 1 + s / 2
    return sum(mp.binomial(n, k) * (s / 2) ** k * upper(n + k, t / c) for k in range(n + 1)) / c**n


def rows() -> list[list[object]]:
    table: list[list[object]] = []
    for pfa in ("1e-14", "1e-6", "1e-2"):
        for n, decibels in ((1, (-20, 5, 14, 40)), (3, (-10, 6, 20)), (30, (-20, -3, 4)), (300, (-25, -9, -3)), (4096, (-30, -16, -12))):
            mp.dps = 80
            t = threshold(mpf(pfa), n)
            mp.dps = 100 + n // 2 if n < 1000 else 700  # what the closed forms cancel, and 60 digits more
            for db in decibels:
                s = mpf(10) ** (mpf(db) / 10)
                values = [steady(t, n, s), one(t, n, s), upper(n, t / (1 + s)), three(t, n, s)]
                values.append(four(t, n, s) if n <= 300 else mpf("nan"))
                table.append([pfa, n, db, mp.nstr(t, 17), *(mp.nstr(v, 17) for v in values)])
    return table


def main() -> None:
    with TARGET.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["pfa", "pulses", "snr_db", "threshold", "sw0", "sw1", "sw2", "sw3", "sw4"])
        writer.writerows(rows())


if __name__ == "__main__":
    main()
