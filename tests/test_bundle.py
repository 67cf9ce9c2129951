"""Bundles: named tuples in Python, one pointer in kernels."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest

from dowding._bundle import blocks_of, bundle, handle_of, nth
from dowding._jit import kernel


class Views(NamedTuple):
    grid: Any
    weight: Any


class Pair(NamedTuple):
    low: float
    high: float


@bundle
class Inner(NamedTuple):
    weight: Any
    method: int | None


@bundle
class Outer(NamedTuple):
    """A bundle with all that one may hold."""

    grid: Any  # (row, column)
    count: int
    scale: float
    flag: bool
    pair: Pair
    inner: Inner
    table: Any  # (row,) with columns "whole" and "real"
    turned: Any  # (row, column), not contiguous


@kernel
def read_all(outer: Outer, row: int) -> tuple[float, int, float, bool, float, float, float, bool]:
    """Every kind of field, at a row."""
    return (
        outer.grid[row, 1], outer.count, outer.scale, outer.flag, outer.pair.high, outer.inner.weight[row] + outer.table["real"][row],
        outer.turned[row, 2], outer.inner.method is None,
    )  # fmt: skip


@kernel
def write(outer: Outer, row: int, value: float) -> None:
    """Into arrays of a bundle and of one inside it."""
    outer.inner.weight[row] = value
    for k in range(outer.table.shape[0]):
        outer.table["whole"][k] += outer.count


@kernel
def second_of(every: Outer, first: Outer, blocks: Any, row: int) -> float:
    """From one of several bundles of one type."""
    one = nth(every, first, blocks, row)
    one.grid[0, 0] = -7.0
    return one.grid[1, 1] + one.inner.weight[0]


@kernel
def part_of(outer: Outer) -> Views:
    """Views, which only kernels may be given."""
    return Views(outer.grid[1:], outer.inner.weight)


@kernel
def sum_of_part(outer: Outer) -> float:
    """As it is meant."""
    return part_of(outer).grid[0, 1]


def make(shift: float = 0.0) -> Outer:
    table = np.zeros(2, [("whole", np.int64), ("real", np.float64)])
    table["real"] = 0.5
    return Outer(
        np.array([[1.0, 2.0], [3.0, 4.0]]) + shift, -3, 2.5, True, Pair(-1.0, 1.5), Inner(np.array([10.0, 20.0]), None), table,
        np.arange(6.0).reshape(3, 2).T,
    )  # fmt: skip


def test_a_kernel_reads_every_kind_of_field():
    assert read_all(make(), 1) == (4.0, -3, 2.5, True, 1.5, 20.5, 5.0, True)


def test_what_a_kernel_writes_stands_in_the_arrays():
    outer = make()
    for _ in range(3):
        write(outer, 1, 99.0)
    assert outer.inner.weight.tolist() == [10.0, 99.0]
    assert outer.table["whole"].tolist() == [-9, -9]


def test_a_changed_copy_is_a_bundle_of_its_own():
    outer = make()
    read_all(outer, 0)
    other = outer._replace(scale=7.0, inner=Inner(np.zeros(2), None))
    assert read_all(other, 0)[2] == 7.0
    assert read_all(outer, 0)[2] == 2.5
    assert read_all(other, 0)[5] == 0.5


def test_a_pickled_bundle_knows_nothing_of_this_process_memory():
    outer = make()
    read_all(outer, 0)
    again = pickle.loads(pickle.dumps(outer))
    assert type(again) is Outer
    assert vars(again) == {}
    write(again, 0, 1.0)
    assert outer.inner.weight[0] == 10.0


def test_one_of_several_bundles_is_a_view_of_its_arrays():
    every = make()
    shared = every.inner
    stacked = every._replace(grid=np.stack([every.grid, every.grid + 40.0]))
    single = [every._replace(grid=stacked.grid[k], inner=shared) for k in range(2)]
    # in Python all arrays with an axis more; in kernels only where each stands
    full = Outer(*(np.stack([field] * 2) if isinstance(field, np.ndarray) else field for field in every))._replace(grid=stacked.grid)
    assert second_of(full, single[0], blocks_of(single), 1) == 44.0 + 10.0
    assert stacked.grid[:, 0, 0].tolist() == [1.0, -7.0]


def test_the_memory_is_filled_once():
    outer = make()
    assert handle_of(outer) is handle_of(outer)
    assert handle_of((1, 2)) is None


def test_what_no_bundle_can_hold_is_refused():
    with pytest.raises(TypeError, match="a bundle cannot hold str"):
        handle_of(Inner("heavy", None))


@pytest.mark.skipif(not hasattr(part_of, "code"), reason="without the compiler a kernel is a plain function")
def test_views_cannot_come_out_of_a_kernel():
    for _ in range(2):
        with pytest.raises(TypeError, match="kernel part_of gives arrays to Python"):
            part_of(make())
    assert sum_of_part(make()) == 4.0


def test_threads_that_come_together_share_one_block():
    for _ in range(50):
        outer = make()
        with ThreadPoolExecutor(8) as pool:
            handles = list(pool.map(lambda _, outer=outer: handle_of(outer), range(8)))
        assert all(handle is handles[0] for handle in handles)
