"""The probabilities of association against a slow twin that writes down every joint event."""

import itertools

import numpy as np
import pytest

from dowding.tracking.marginals import find_marginals
from dowding.tracking.picture import COLUMN, PAIR, ROW, UNION


def tables(weights, alone):
    """Row, pair and column tables of a dense table of weights in which 0 is no pair."""
    rows, columns = weights.shape
    row, column = np.zeros(rows + 1, ROW), np.zeros(max(columns, 1), COLUMN)
    pairs = []
    for r in range(rows):
        row["start"][r] = len(pairs)
        row["alone"][r] = alone[r]
        pairs += [(c, weights[r, c]) for c in range(columns) if weights[r, c] > 0.0]
    row["start"][rows] = len(pairs)
    pair = np.zeros(max(len(pairs), 1), PAIR)
    for k, (c, weight) in enumerate(pairs):
        pair["column"][k], pair["weight"][k] = c, weight
    return row, pair, column


def solve(weights, alone, cells=4096, distinct=False):
    """Probability of each pair (row, column) and of having none (row,)."""
    row, pair, column = tables(weights, alone)
    find_marginals(weights.shape[0], weights.shape[1], row, pair, column, np.zeros(1, UNION), np.zeros((4, cells)), distinct)
    out = np.zeros(weights.shape)
    for r in range(len(weights)):
        for k in range(row["start"][r], row["start"][r + 1]):
            out[r, pair["column"][k]] = pair["probability"][k]
    return out, row["missed"][:-1]


def slow_twin(weights, alone, distinct=False):
    """Every joint event; with `distinct` only the best of those in which the same rows have the same detections that others claim too."""
    shared = set(np.flatnonzero((weights > 0).sum(0) > 1).tolist())
    choices = [[-1, *np.flatnonzero(w > 0).tolist()] for w in weights]
    events = []
    for choice in itertools.product(*choices):
        taken = [c for c in choice if c >= 0]
        if len(taken) == len(set(taken)):
            weight = np.prod([alone[r] if c < 0 else weights[r, c] for r, c in enumerate(choice)])
            events.append((choice, weight))
    if distinct:
        best = {}
        for choice, weight in events:
            # who has which detection of his own stands in the key, who has which of the shared ones does not
            key = tuple("shared" if c in shared else c for c in choice), frozenset(c for c in choice if c in shared)
            if key not in best or weight > best[key][1]:
                best[key] = choice, weight
        events = list(best.values())
    out, missed, total = np.zeros(weights.shape), np.zeros(len(weights)), sum(weight for _, weight in events)
    for choice, weight in events:
        for r, c in enumerate(choice):
            if c < 0:
                missed[r] += weight / total
            else:
                out[r, c] += weight / total
    return out, missed


def random_tables(seed, rows, columns, density):
    rng = np.random.default_rng(seed)
    weights = np.exp(rng.uniform(-2, 6, (rows, columns))) * (rng.random((rows, columns)) < density)
    return weights, rng.uniform(0.05, 1.0, rows)


@pytest.mark.parametrize("distinct", [False, True])
@pytest.mark.parametrize("seed", range(30))
def test_marginals_are_those_of_all_joint_events(seed, distinct):
    rng = np.random.default_rng(100 + seed)
    weights, alone = random_tables(seed, rng.integers(1, 6), rng.integers(1, 6), rng.choice([0.3, 0.6, 1.0]))
    ours, missed = solve(weights, alone, distinct=distinct)
    theirs, theirs_missed = slow_twin(weights, alone, distinct)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(missed, theirs_missed, rtol=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_rows_and_columns_keep_their_sums(seed):
    weights, alone = random_tables(seed, 40, 40, 0.06)
    for cells in (4096, 1):
        ours, missed = solve(weights, alone, cells)
        np.testing.assert_allclose(ours.sum(1) + missed, 1.0, rtol=1e-6)
        assert ours.sum(0).max() < 1.0 + 1e-4


@pytest.mark.parametrize("seed", range(10))
def test_messages_are_exact_on_a_tree(seed):
    # a chain: row k claims detections k and k + 1
    rng = np.random.default_rng(seed)
    weights = np.zeros((6, 7))
    for k in range(6):
        weights[k, k : k + 2] = np.exp(rng.uniform(-1, 5, 2))
    alone = rng.uniform(0.05, 0.5, 6)
    by_messages, _missed = solve(weights, alone, cells=1)
    np.testing.assert_allclose(by_messages, slow_twin(weights, alone)[0], atol=1e-4)


@pytest.mark.parametrize("scale", [1e10, 1e18, 1e25])
def test_messages_stand_weights_that_dwarf_that_of_having_none(scale):
    # a sensor almost without false alarms: a chain of rows, then rows that all claim the same detections
    weights = np.zeros((6, 7))
    for k in range(6):
        weights[k, k : k + 2] = scale * (1.0 + k), scale * (3.0 - 0.4 * k)
    alone = np.full(6, 0.1)
    by_messages, missed = solve(weights, alone, cells=1)
    np.testing.assert_allclose(by_messages, slow_twin(weights, alone)[0], atol=1e-3)
    np.testing.assert_allclose(by_messages.sum(1) + missed, 1.0, rtol=1e-9)
    crowd, missed = solve(scale * np.exp(np.random.default_rng(1).uniform(-3, 3, (5, 6))), alone[:5], cells=1)
    assert np.isfinite(crowd).all()
    np.testing.assert_allclose(crowd.sum(1) + missed, 1.0, rtol=1e-9)


def test_messages_come_near_to_the_exact_marginals():
    # formations of up to 5 rows that all claim the same detections, as far from a tree as can be
    errors = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        weights, alone = random_tables(seed, int(rng.integers(2, 6)), int(rng.integers(2, 6)), 0.8)
        errors.append(np.abs(solve(weights, alone, cells=1)[0] - solve(weights, alone)[0]).max())
    assert np.median(errors) < 0.05
    assert max(errors) < 0.3  # 0.28 seen: why small clusters are solved exactly


def test_two_near_tracks_run_together_unless_events_are_kept_distinct():
    weights, alone = np.array([[20.0, 19.0], [19.0, 20.0]]), np.array([0.1, 0.1])
    plain, _ = solve(weights, alone)
    distinct, _ = solve(weights, alone, distinct=True)
    assert abs(plain[0, 0] - 0.5) < 0.05
    assert distinct[0, 0] > 0.95


@pytest.mark.parametrize("rows", [3, 7, 15])
def test_a_cluster_whose_table_no_machine_holds_is_left_to_messages(rows):
    """Every row has every detection: the size of the exact table, rows + 1 times 2 to the detections, overflows 64 bits to nothing."""
    for shared in (58, 59, 60, 61, 62):
        out, missed = solve(np.ones((rows, shared)), np.ones(rows))
        np.testing.assert_allclose(out.sum(1) + missed, 1.0, atol=1e-9)
        np.testing.assert_allclose(out, out[0, 0], rtol=1e-6)


def test_no_pairs_at_all():
    ours, missed = solve(np.zeros((3, 2)), np.array([0.1, 0.2, 1.0]))
    assert missed.tolist() == [1.0, 1.0, 1.0]
    assert not ours.any()


def slow_twin_of_unions(weights, alone, unions):
    """As slow_twin with `distinct`, with events in which rows have a detection together: unions of (rows, column, weight)."""
    shared = set(np.flatnonzero((weights > 0).sum(0) > 1).tolist())
    best = {}
    for chosen in itertools.chain.from_iterable(itertools.combinations(range(len(unions)), n) for n in range(len(unions) + 1)):
        joined = [r for u in chosen for r in unions[u][0]]
        taken = [unions[u][1] for u in chosen]
        if len(set(joined)) < len(joined) or len(set(taken)) < len(taken):
            continue
        free = [[-1, *np.flatnonzero(w > 0).tolist()] if r not in joined else [None] for r, w in enumerate(weights)]
        for choice in itertools.product(*free):
            own = [c for c in choice if c is not None and c >= 0]
            if len(set(own + taken)) < len(own) + len(taken):
                continue
            weight = np.prod([1.0 if c is None else alone[r] if c < 0 else weights[r, c] for r, c in enumerate(choice)])
            weight *= np.prod([unions[u][2] for u in chosen])
            key = tuple("shared" if c is None or c in shared else c for c in choice), frozenset(set(own + taken) & shared)
            if key not in best or weight > best[key][0]:
                best[key] = weight, choice, chosen
    total = sum(weight for weight, _, _ in best.values())
    out, missed, together = np.zeros(weights.shape), np.zeros(len(weights)), np.zeros(len(unions))
    for weight, choice, chosen in best.values():
        for r, c in enumerate(choice):
            if c is not None and c < 0:
                missed[r] += weight / total
            elif c is not None:
                out[r, c] += weight / total
        for u in chosen:
            together[u] += weight / total
    return out, missed, together


@pytest.mark.parametrize("seed", range(20))
def test_unions_of_rows_take_part_in_the_joint_events(seed):
    rng = np.random.default_rng(500 + seed)
    rows, columns = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    weights, alone = random_tables(seed, rows, columns, 1.0)
    groups = [g for n in (2, 3, 4) for g in itertools.combinations(range(rows), n) if rng.random() < 0.5]
    # as they are found: those of a row stand together, and it is the last of them by number
    unions = [(g, c, float(np.exp(rng.uniform(0, 12)))) for r in range(rows) for g in groups if g[-1] == r for c in range(columns)]
    unions = unions[:7]
    row, pair, column = tables(weights, alone)
    union = np.zeros(max(len(unions), 1), UNION)
    for u, (group, c, weight) in enumerate(unions):
        union["column"][u], union["size"][u], union["weight"][u] = c, len(group), weight
        union["member"][u, : len(group)] = group
    for r in range(rows):
        own = [u for u, (group, _, _) in enumerate(unions) if group[-1] == r]
        row["first_union"][r], row["end_union"][r] = (own[0], own[-1] + 1) if own else (0, 0)
    find_marginals(rows, columns, row, pair, column, union, np.zeros((4, 4096)), True)
    out = np.zeros(weights.shape)
    for r in range(rows):
        for k in range(row["start"][r], row["start"][r + 1]):
            out[r, pair["column"][k]] = pair["probability"][k]
    theirs, missed, together = slow_twin_of_unions(weights, alone, unions)
    np.testing.assert_allclose(out, theirs, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(row["missed"][:-1], missed, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(union["probability"][: len(unions)], together, rtol=1e-9, atol=1e-13)


def test_sixty_rows_that_all_want_one_detection_share_it():
    """The product of their weights of having none is 1e-540, less than a float can hold."""
    share, missed = solve(np.full((60, 1), 1.0), np.full(60, 1e-9))
    np.testing.assert_allclose(share, 1.0 / 60.0, rtol=1e-9)
    np.testing.assert_allclose(missed, 59.0 / 60.0, rtol=1e-9)
