"""What a track has learnt since it was last sent, as one measurement that hangs together with nothing sent before.

Where only tracks travel, an estimate holds all that went before, so sending it twice tells the first half twice. A tracklet takes out what
was sent: Drummond 1997, "Tracklets and a hybrid fusion with process noise", SPIE 3163, by the inverse Kalman filter, which is the
information decorrelation of Frenkel 1995, "Multisensor tracking of ballistic targets", SPIE 2561. Exact without process noise; with it the
noise between two reports is common to all who follow the target, and the fused estimate is a little too sure of itself.
"""

import numpy as np
from numpy.typing import NDArray

from dowding.tracking.intersection import inverse

Floats = NDArray[np.float64]


def transition(dt: Floats, density: float) -> tuple[Floats, Floats]:
    """Straight flight over dt (n,) s, backward where negative: matrices (n, 6, 6), and covariances (n, 6, 6) of white acceleration (m2/s3).

    Bar-Shalom, Li & Kirubarajan 2001, eqs. 6.2.2-4 and 6.2.2-12.
    """
    step = np.abs(dt)
    move, noise = np.broadcast_to(np.eye(6), (len(dt), 6, 6)).copy(), np.zeros((len(dt), 6, 6))
    for i in range(3):
        move[:, i, i + 3] = dt
        noise[:, i, i] = density * step**3 / 3.0
        noise[:, i, i + 3] = noise[:, i + 3, i] = density * step * dt / 2.0
        noise[:, i + 3, i + 3] = density * step
    return move, noise


def predict(states: Floats, covariances: Floats, dt: Floats, density: float) -> tuple[Floats, Floats]:
    """States (n, 6) and covariances (n, 6, 6) after dt (n,) s of straight flight with white acceleration of `density` m2/s3."""
    move, noise = transition(dt, density)
    return np.einsum("nij,nj->ni", move, states), move @ covariances @ move.swapaxes(1, 2) + noise


def tracklet(states: Floats, covariances: Floats, sent_states: Floats, sent_covariances: Floats) -> tuple[Floats, Floats]:
    """Information (n, 6, 6) and its vector (n, 6) that states (n, 6) hold beyond what was sent, which is predicted to the same time.

    Zero, not negative, in directions in which nothing was learnt.
    """
    have, had = inverse(covariances), inverse(sent_covariances)
    root = np.sqrt(np.einsum("nii->ni", had))
    scale = root[:, :, None] * root[:, None, :]
    values, vectors = np.linalg.eigh((have - had) / scale)
    learnt = (vectors * np.maximum(values, 0.0)[:, None, :]) @ vectors.swapaxes(1, 2) * scale
    # the equivalent measurement must explain the step from the old estimate to the new one: learnt (u - sent) = have (state - sent)
    vector = np.einsum("nij,nj->ni", learnt, sent_states) + np.einsum("nij,nj->ni", have, states - sent_states)
    return learnt, vector


def absorb(states: Floats, covariances: Floats, information: Floats, vector: Floats) -> tuple[Floats, Floats]:
    """States and covariances after taking in information (n, 6, 6) and its vector (n, 6) at their time."""
    prior = inverse(covariances)
    covariance = inverse(prior + information)
    shift = vector - np.einsum("nij,nj->ni", information, states)
    return states + np.einsum("nij,nj->ni", covariance, shift), covariance
