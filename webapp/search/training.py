"""Training of the ranker when a version is published: multinomial logistic regression, one class an article.

Texts are titles, phrasings and keywords; features runs of letters and meanings (alone and two in a row), each half of
the vector. Every text is as sure as any other; the regularisation is fixed (`SURENESS`), chosen once for all sets. No
chance is involved and sums have one order: the same content gives the same ranker.

Minimised by L-BFGS (Nocedal 1980). In the dual when texts are few (parameters: texts × articles, one product with the
matrix of their likeness a step), from the least-squares answer on, which costs one factorisation: `STEPS_ON` from there
rank unseen questions better than `STEPS` from nothing do, in a third of the time. Else in the primal. Both end early,
which generalises as well as going on.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.search.arrays import Array, Codes, Floats
from webapp.search.inverted import count
from webapp.search.weighing import vectors

SURENESS = 20.0  # weight of the texts against a plain ranker
STEPS = 30
STEPS_ON = 10
RIDGE = 3.0  # weight of a plain ranker in the least-squares answer
FIRMER = np.float32(1.05)  # what few steps leave out of how sure the ranker is; confidence and urgency are set for it
DUAL = 4_000  # texts up to which their likeness is computed for all couples
MOST_WEIGHTS = 24_000_000  # features × articles of a ranker, 2 bytes each
MOST_WORK = 2.5e9  # multiplications of one step of `STEPS`
_MEMORY = 8  # steps that L-BFGS remembers


@dataclass(frozen=True, slots=True)
class Sample:
    """One text of an article: its runs of letters and its meanings, each repeated when it is."""

    article: int
    grams: Codes
    meanings: Codes


def train(samples: Sequence[Sample], articles: int) -> dict[str, Array] | None:
    """The arrays of a ranker (see `ranker.Ranker`), or None where it cannot be trained: fewer than two articles, or so
    many that one class each would not fit in memory or time (`MOST_WEIGHTS`, `MOST_WORK`).
    """
    halves = [_half([each.grams for each in samples]), _half([each.meanings for each in samples])]
    features = sum(len(half.terms) for half in halves)
    few = len(samples) <= DUAL
    work = 4.0 * articles * (len(samples) ** 2 * STEPS_ON / STEPS if few else sum(len(half.values) for half in halves))
    if articles < 2 or features * articles > MOST_WEIGHTS or work > MOST_WORK:
        return None
    matrix = _matrix(halves, len(samples))
    classes = np.array([each.article for each in samples])
    found: dict[str, Array] = {"ranker.weights": _learn(matrix, classes, articles).astype(np.float16)}
    for name, half in zip(("grams", "meanings"), halves, strict=True):
        found[f"ranker.{name}"] = half.terms
        found[f"ranker.{name}.telling"] = half.telling.astype(np.float32)
    return found


@dataclass(frozen=True, slots=True)
class _Half:
    terms: Codes
    telling: Array
    owners: Array
    places: Array
    values: Floats


def _half(texts: Sequence[Codes]) -> _Half:
    terms, counted = count(texts)
    owners, places, _ = counted
    telling = np.log((1 + len(texts)) / (1 + np.bincount(places, minlength=len(terms)))) + 1
    return _Half(terms, telling, owners, places, vectors(counted, telling, len(texts)) * np.float32(0.5**0.5))


def _matrix(halves: Sequence[_Half], texts: int) -> Any:
    """Texts × features, sparse."""
    from scipy.sparse import csr_matrix  # here: only a process that publishes pays for it (35 MB)

    values = np.concatenate([half.values for half in halves])
    rows = np.concatenate([half.owners for half in halves])
    columns = np.concatenate([halves[0].places, halves[1].places + len(halves[0].terms)])
    return csr_matrix((values, (rows, columns)), shape=(texts, sum(len(half.terms) for half in halves)))


def _learn(matrix: Any, classes: Array, articles: int) -> Floats:
    """Features × articles."""
    across = matrix.T.tocsr()
    start: Floats
    if len(classes) <= DUAL:
        likeness = (matrix @ across).toarray()
        loss = _dual(likeness, classes)
        start = _scaled(loss, _least_squares(likeness, classes, articles))
        return np.asarray(across @ (FIRMER * _minimise(loss, start, STEPS_ON)), dtype=np.float32)
    start = np.zeros((matrix.shape[1], articles), dtype=np.float32)
    return _minimise(_primal(matrix, across, classes), start, STEPS)


Loss = Callable[[Floats], tuple[float, Floats]]


def _least_squares(likeness: Floats, classes: Array, articles: int) -> Floats:
    """Texts × articles: the ridge regression of which article each text belongs to, in the dual."""
    from scipy.linalg import cho_factor, cho_solve

    belongs = np.full((len(classes), articles), -1 / articles, dtype=np.float32)
    belongs[np.arange(len(classes)), classes] += 1
    ridged = likeness + np.float32(RIDGE) * np.eye(len(classes), dtype=np.float32)
    return np.asarray(cho_solve(cho_factor(ridged, overwrite_a=True), belongs), dtype=np.float32)


def _scaled(loss: Loss, start: Floats) -> Floats:
    """`start` times the power of two that fits best: least squares say which article, not how surely."""
    return min((start * np.float32(2**power) for power in range(7)), key=lambda each: loss(each)[0])


def _dual(likeness: Floats, classes: Array) -> Loss:
    def loss(alphas: Floats) -> tuple[float, Floats]:
        scores = likeness @ alphas
        misfit, slope = _surprise(scores, classes)
        return misfit + 0.5 * float(np.vdot(alphas, scores)), likeness @ (slope + alphas)

    return loss


def _primal(matrix: Any, across: Any, classes: Array) -> Loss:
    def loss(weights: Floats) -> tuple[float, Floats]:
        misfit, slope = _surprise(matrix @ weights, classes)
        return misfit + 0.5 * float(np.vdot(weights, weights)), across @ slope + weights

    return loss


def _surprise(scores: Floats, classes: Array) -> tuple[float, Floats]:
    """Weighted cross entropy and its slope."""
    rows = np.arange(len(classes))
    scores = scores - scores.max(axis=1, keepdims=True)
    own = scores[rows, classes]
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    loss = SURENESS * float((np.log(total[:, 0]) - own).sum(dtype=np.float64))
    scores /= total
    scores[rows, classes] -= 1
    scores *= SURENESS
    return loss, scores


def _minimise(loss: Loss, start: Floats, steps: int) -> Floats:
    """L-BFGS with backtracking (Armijo)."""
    at = start
    value, slope = loss(at)
    past: list[tuple[Floats, Floats, float]] = []
    for step in range(steps):
        direction = _direction(slope, past)
        descent = float(np.vdot(slope, direction))
        if descent >= 0:
            break
        size = min(1.0, 1.0 / float(np.abs(slope).sum())) if not step else 1.0
        for _ in range(20):
            reached = at + np.float32(size) * direction
            new_value, new_slope = loss(reached)
            if new_value <= value + 1e-4 * size * descent:
                break
            size *= 0.5
        else:
            break
        moved, bent = reached - at, new_slope - slope
        curvature = float(np.vdot(moved, bent))
        if curvature > 0:
            past = [*past[-(_MEMORY - 1) :], (moved, bent, 1 / curvature)]
        at, value, slope = reached, new_value, new_slope
    return at


def _direction(slope: Floats, past: Sequence[tuple[Floats, Floats, float]]) -> Floats:
    """Minus the slope, bent by what the last steps showed (two-loop recursion)."""
    bent = slope.copy()
    shares = []
    for moved, change, rho in reversed(past):
        share = rho * float(np.vdot(moved, bent))
        shares.append(share)
        bent -= np.float32(share) * change
    if past:
        moved, change, rho = past[-1]
        bent *= np.float32(1 / (rho * float(np.vdot(change, change))))
    for (moved, change, rho), share in zip(past, reversed(shares), strict=True):
        bent += np.float32(share - rho * float(np.vdot(change, bent))) * moved
    return -bent
