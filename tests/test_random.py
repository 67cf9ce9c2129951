"""Addressed randomness: known answers of the generator, the shapes of the distributions, and that addresses don't meddle."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from dowding import _random
from dowding._random import Luck, normals, philox, poisson, uniforms

N = 4000
LEAST_P = 1e-3  # the seeds are fixed: a test fails only if the generator changes


def draws(luck: Luck, purpose: int = _random.DETECT, n: int = N) -> NDArray[np.float64]:
    """(n, 4) uniform numbers of `n` occasions."""
    return np.array([uniforms(luck, purpose, occasion, 0, 0) for occasion in range(n)])


@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [  # Random123 1.14, tests/kat_vectors, philox4x32 of 10 rounds
        ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((0xFFFFFFFF,) * 4, (0xFFFFFFFF,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xA4093822, 0x299F31D0),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
)
def test_philox_gives_the_known_answers(counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]) -> None:
    assert philox(*counter, *key) == expected


def test_uniforms_are_uniform_inside_zero_and_one() -> None:
    u = draws(Luck(1, 0))
    assert u.min() > 0.0
    assert u.max() < 1.0
    for column in u.T:
        assert stats.kstest(column, "uniform").pvalue > LEAST_P


def test_an_address_says_what_is_drawn() -> None:
    home = (3, 5, 7, 11, 13, 17)  # seed, replicate, purpose, occasion, entity, other
    here = uniforms(Luck(*home[:2]), *home[2:])
    assert here == uniforms(Luck(*home[:2]), *home[2:])
    for position in range(len(home)):
        moved = tuple(value + (k == position) for k, value in enumerate(home))
        there = uniforms(Luck(*moved[:2]), *moved[2:])
        assert not set(here) & set(there), f"coordinate {position} does not change the draw"


def test_no_two_addresses_of_a_block_share_a_draw() -> None:
    addresses = [(p, o, e, x) for p in range(4) for o in range(6) for e in range(6) for x in range(6)]
    assert len({uniforms(Luck(9, 2), *address) for address in addresses}) == len(addresses)


def test_both_halves_of_a_seed_count() -> None:
    assert uniforms(Luck(1, 0), 0, 0, 0, 0) != uniforms(Luck(1 + (1 << 32), 0), 0, 0, 0, 0)


@pytest.mark.parametrize(
    "other",
    [(Luck(1, 1), _random.DETECT), (Luck(2, 0), _random.DETECT), (Luck(1, 0), _random.MEASURE)],
    ids=["replicate", "seed", "purpose"],
)
def test_neighbouring_addresses_are_uncorrelated(other: tuple[Luck, int]) -> None:
    first, second = draws(Luck(1, 0)), draws(*other)
    for k in range(4):
        assert stats.pearsonr(first[:, k], second[:, k]).pvalue > LEAST_P
    assert stats.pearsonr(first[:-1, 0], first[1:, 0]).pvalue > LEAST_P
    assert np.abs(np.corrcoef(first.T) - np.eye(4)).max() < 4.0 / np.sqrt(N)


def test_normals_are_standard_and_independent() -> None:
    z = np.array([normals(*u) for u in draws(Luck(4, 0))])
    for column in z.T:
        assert stats.kstest(column, "norm").pvalue > LEAST_P
    assert np.abs(np.corrcoef(z.T) - np.eye(4)).max() < 4.0 / np.sqrt(N)
    assert np.abs(np.corrcoef((z**2).T) - np.eye(4)).max() < 5.0 / np.sqrt(N)


@pytest.mark.parametrize("mean", [0.3, 4.0, 60.0, 499.0])
def test_poisson_inverts_its_distribution(mean: float) -> None:
    for u in (1e-6, 0.1, 0.5, 0.77, 0.999, 1.0 - 1e-6):
        assert poisson(mean, u) == stats.poisson.ppf(u, mean)


def test_poisson_of_no_mean_is_none() -> None:
    assert poisson(0.0, 0.999) == 0
    assert poisson(-1.0, 0.999) == 0


def test_poisson_of_a_large_mean_is_near_its_quantile() -> None:
    mean = 2500.0
    for u in (0.001, 0.1, 0.5, 0.9, 0.999):
        # the skewness left out shifts a quantile by (z^2 - 1) / 6, the rounding by half, the approximation by 4.5e-4 sigma
        assert abs(poisson(mean, u) - stats.poisson.ppf(u, mean)) <= 2.5


def test_poisson_counts_have_the_right_moments() -> None:
    counts = np.array([poisson(7.5, u[0]) for u in draws(Luck(6, 0))])
    assert abs(counts.mean() - 7.5) < 4.0 * np.sqrt(7.5 / N)
    assert abs(counts.var() / 7.5 - 1.0) < 4.0 * np.sqrt(2.0 / N + 1.0 / (7.5 * N))
