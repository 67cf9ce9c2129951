"""Addressed randomness: a draw is a function of (seed, replicate, purpose, occasion, two entities), not of what was drawn before.

Philox4x32-10: J. K. Salmon, M. A. Moraes, R. O. Dror and D. E. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11 (2011),
section 3.3 and table 2. The seed is the key; replicate, purpose, occasion and entities make the counter. Entities are addressed by
numbers made of their names (`model.addressing`), never by rows. So two variants of a scenario share their luck wherever they
ask the same question, whoever else is there, and no result depends on the order of the asking.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from dowding._jit import kernel

# Purposes: what a draw is for. Every result hangs on these numbers, so none is given to another purpose later.
DETECT, MEASURE, FALSE_ALARM_COUNT, FALSE_ALARM_PLACE, FALSE_ALARM_MORE, KILL, SCAN_PHASE = 0, 1, 3, 4, 5, 6, 7
STROBE = 8
MESSAGE, REPLY = 9, 10
ORDER, APPROVAL, STATUS = 11, 12, 13


class Luck(NamedTuple):
    """What names the dice of a whole run."""

    seed: int  # 64 bits
    replicate: int  # 32 bits


Word = Any  # an int in Python, an unsigned 64-bit word that holds 32 bits in compiled code

_MASK = np.uint64(0xFFFFFFFF)
_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_SHIFT = np.uint64(32)
_TO_UNIT = 2.0**-32


@kernel
def philox(c0: Word, c1: Word, c2: Word, c3: Word, k0: Word, k1: Word) -> tuple[Word, Word, Word, Word]:
    """Four 32-bit words from a 128-bit counter and a 64-bit key, all given as 32-bit words."""
    a, b, c, d = np.uint64(c0) & _MASK, np.uint64(c1) & _MASK, np.uint64(c2) & _MASK, np.uint64(c3) & _MASK
    x, y = np.uint64(k0) & _MASK, np.uint64(k1) & _MASK
    for _ in range(10):
        p0, p1 = _M0 * a, _M1 * c
        a, b, c, d = ((p1 >> _SHIFT) ^ b ^ x), (p1 & _MASK), ((p0 >> _SHIFT) ^ d ^ y), (p0 & _MASK)
        x, y = (x + _W0) & _MASK, (y + _W1) & _MASK
    return a, b, c, d


@kernel
def uniforms(luck: Luck, purpose: int, occasion: int, entity: int, other: int) -> tuple[float, float, float, float]:
    """Four independent numbers in (0, 1), for one address: occasion and entity take 32 bits, purpose 8 and other 24."""
    s = np.uint64(luck.seed)
    what = (np.uint64(purpose) << np.uint64(24)) | (np.uint64(other) & np.uint64(0xFFFFFF))
    w0, w1, w2, w3 = philox(entity, occasion, what, luck.replicate, s & _MASK, s >> _SHIFT)
    return (
        (float(w0) + 0.5) * _TO_UNIT,
        (float(w1) + 0.5) * _TO_UNIT,
        (float(w2) + 0.5) * _TO_UNIT,
        (float(w3) + 0.5) * _TO_UNIT,
    )


@kernel
def normals(u0: float, u1: float, u2: float, u3: float) -> tuple[float, float, float, float]:
    """Four independent standard normal numbers from four uniform ones (G. E. P. Box and M. E. Muller, 1958)."""
    r0, r1 = math.sqrt(-2.0 * math.log(u0)), math.sqrt(-2.0 * math.log(u2))
    a0, a1 = 2.0 * math.pi * u1, 2.0 * math.pi * u3
    return r0 * math.cos(a0), r0 * math.sin(a0), r1 * math.cos(a1), r1 * math.sin(a1)


@kernel
def poisson(mean: float, u: float) -> int:
    """A Poisson number by inversion of one uniform; exact below a mean of 500, beyond it the rounded normal of the same variance."""
    if mean <= 0.0:
        return 0
    if mean > 500.0:
        # Abramowitz and Stegun 26.2.23 gives the normal quantile within 4.5e-4
        p = u if u < 0.5 else 1.0 - u
        t = math.sqrt(-2.0 * math.log(p))
        z = t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1.0 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t * t * t)
        return max(0, math.floor(mean + (z if u >= 0.5 else -z) * math.sqrt(mean) + 0.5))
    term = math.exp(-mean)
    total, count = term, 0
    while u > total and count < 2000:
        count += 1
        term *= mean / count
        total += term
    return count
