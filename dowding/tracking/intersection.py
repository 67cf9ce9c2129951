"""Estimates whose errors may hang together in an unknown way, fused by covariance intersection. NumPy, all pairs at once.

Julier & Uhlmann 1997, "A Non-divergent Estimation Algorithm in the Presence of Unknown Correlations", American Control Conference.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

STEPS = 40  # halvings of the weight's interval: to the last bit of a double in practice
SMALLEST = 1e-12


def intersect(states: Floats, covariances: Floats, *, fast: bool = False) -> tuple[Floats, Floats, Floats]:
    """Fuse estimates (n, k, d) with covariances (n, k, d, d), k of each of n things; returns (n, d), (n, d, d) and the weights (n, k).

    Two at a time by the weight of least determinant; with `fast`, all k at once by the closed form of Fraenken & Huepper. A covariance of
    infinite first entry is an estimate that is not there. The fused covariance is never less than the true one if the given are not.
    """
    there = np.asarray(np.isfinite(covariances[:, :, 0, 0]), np.bool_)
    eye = np.eye(states.shape[2])
    information = np.where(there[:, :, None, None], inverse(np.where(there[:, :, None, None], covariances, eye)), 0.0)
    told = np.where(there[:, :, None], states, 0.0)
    weights = _closed_weights(information, there) if fast else _pairwise_weights(information, there)
    fused = np.einsum("nk,nkij->nij", weights, information)
    some = (there.sum(axis=1) > 0).reshape(-1, 1, 1)
    covariance = np.where(some, inverse(np.where(some, fused, eye)), np.inf)
    vector = np.einsum("nk,nkij,nkj->ni", weights, information, told)
    state = np.einsum("nij,nj->ni", np.where(some, covariance, 0.0), vector)
    return state, covariance, weights


def inverse(matrices: Floats) -> Floats:
    """Inverses of positive definite matrices whose rows differ in scale."""
    root = np.sqrt(np.einsum("...ii->...i", matrices))
    scale = root[..., :, None] * root[..., None, :]
    return np.asarray(np.linalg.inv(matrices / scale) / scale, np.float64)


def _pairwise_weights(information: Floats, there: NDArray[np.bool_]) -> Floats:
    """Weights (n, k) of fusing the second into the first, then the third, and so on."""
    n, k = there.shape
    weights = np.zeros((n, k))
    weights[:, 0] = there[:, 0]
    fused = information[:, 0].copy()
    for other in range(1, k):
        have = weights.sum(axis=1) > 0.0
        weight = np.where(have & there[:, other], 0.5, np.where(have, 1.0, 0.0))
        both = np.flatnonzero(have & there[:, other])
        weight[both] = least_determinant(fused[both], information[both, other])
        weights *= weight[:, None]
        weights[:, other] = np.where(there[:, other], 1.0 - weight, 0.0)
        fused = weight[:, None, None] * fused + (1.0 - weight)[:, None, None] * information[:, other]
    return weights


def least_determinant(first: Floats, second: Floats) -> Floats:
    """The weight (n,) of information `first` (n, d, d) against `second` that makes the fused covariance's determinant least, 0 to 1.

    With g the eigenvalues of second^-1 first the logarithm of the determinant of w first + (1 - w) second is a constant and the sum of
    log(1 + w (g - 1)): concave, so its slope has at most one zero, found by halving (Chen, Arambel & Mehra 2002, "Estimation under unknown
    correlation: covariance intersection revisited", IEEE Trans. Automatic Control 47, prove that such a weight is optimal).
    """
    if not len(first):
        return np.empty(0)
    root = np.linalg.inv(np.linalg.cholesky(second / _scale(second)))
    inner = first / _scale(second)
    eigen = np.linalg.eigvalsh(root @ inner @ root.swapaxes(1, 2)) - 1.0

    def slope(weight: Floats) -> Floats:
        return np.asarray((eigen / np.maximum(1.0 + weight[:, None] * eigen, SMALLEST)).sum(axis=1), np.float64)

    low, high = np.zeros(len(first)), np.ones(len(first))
    for _ in range(STEPS):
        middle = 0.5 * (low + high)
        rising = slope(middle) > 0.0
        low, high = np.where(rising, middle, low), np.where(rising, high, middle)
    weight = 0.5 * (low + high)
    same = np.abs(eigen).max(axis=1) < SMALLEST  # equal informations: every weight is as good
    return np.where(same, 0.5, weight)


def _scale(matrices: Floats) -> Floats:
    root = np.sqrt(np.einsum("nii->ni", matrices))
    return np.asarray(root[:, :, None] * root[:, None, :], np.float64)


def _closed_weights(information: Floats, there: NDArray[np.bool_]) -> Floats:
    """Weights (n, k) in closed form.

    Fraenken & Huepper 2005, "Improved fast covariance intersection for distributed data fusion", Fusion, eq. 15 (after Niehsen 2002,
    "Information fusion based on fast covariance intersection filtering"): by how much the determinant falls without each one.
    """
    total = information.sum(axis=1)
    spread = np.where((there.sum(axis=1) > 0)[:, None], np.einsum("nii->ni", total), 1.0)
    scale = np.sqrt(spread[:, :, None] * spread[:, None, :])
    whole = np.linalg.det(total / scale)
    each = np.linalg.det(information / scale[:, None])
    without = np.linalg.det((total[:, None] - information) / scale[:, None])
    share = np.where(there, np.maximum(whole[:, None] - without + each, 0.0), 0.0)
    summed = share.sum(axis=1, keepdims=True)
    count = np.maximum(there.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.where(summed > 0.0, share / np.where(summed > 0.0, summed, 1.0), there / count), np.float64)
