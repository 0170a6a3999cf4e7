"""The mathematics that figures show, in numpy and nothing else: arrays in, arrays out, no drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from deckgen.values import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def softmax(scores: ArrayLike, axis: int = -1) -> NDArray[np.float64]:
    """Probabilities `exp(score) / Σ exp(score)` along `axis`: the shape of `scores`, each slice sums to 1.

    The greatest score is subtracted first, which changes nothing but lets no exponential overflow.
    A score of −inf (a masked position) gets 0; a slice of nothing but −inf has no answer and gives NaN.
    """
    scores = np.asarray(scores, dtype=np.float64)
    with np.errstate(over="ignore"):  # two scores further apart than a float reaches: −inf, whose exponential is 0
        shifted = scores - scores.max(axis=axis, keepdims=True)
    exponentials = np.exp(shifted)
    return np.asarray(exponentials / exponentials.sum(axis=axis, keepdims=True))


def attention_weights(
    query: ArrayLike,
    key: ArrayLike,
    masked: ArrayLike = False,  # noqa: FBT002 - an array, no flag
) -> NDArray[np.float64]:
    """Weights of scaled dot-product attention: `softmax(query · keyᵀ / √d_k)`.

    query: (…, n, d_k), key: (…, m, d_k) → weights: (…, n, m), each row sums to 1.
    masked: booleans that broadcast to (…, n, m), true where a query may not look: its score there is −∞, its weight 0.
    Source: Vaswani et al., “Attention Is All You Need”, 2017, equation 1.
    """
    query = np.asarray(query, dtype=np.float64)
    key = np.asarray(key, dtype=np.float64)
    scores = query @ np.swapaxes(key, -1, -2) / np.sqrt(query.shape[-1])
    return softmax(np.where(masked, -np.inf, scores))


def entropy(probabilities: ArrayLike) -> NDArray[np.float64]:
    """The Shannon entropy `−Σ p · log₂ p` in bits, (…, n) → (…): 0 where all is on one, log₂ n where n share evenly.

    A probability of 0 counts nothing, as its limit does.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    logarithms = np.log2(probabilities, where=probabilities > 0, out=np.zeros_like(probabilities))
    return np.asarray(np.abs(np.sum(probabilities * logarithms, axis=-1)))  # abs: −0 is no entropy


def softmax_jacobian(probabilities: ArrayLike) -> NDArray[np.float64]:
    """The derivative of softmax by its scores, `diag(p) − p pᵀ`: probabilities (…, n) → (…, n, n)."""
    probabilities = np.asarray(probabilities, dtype=np.float64)
    diagonal = probabilities[..., :, np.newaxis] * np.eye(probabilities.shape[-1])
    return np.asarray(diagonal - probabilities[..., :, np.newaxis] * probabilities[..., np.newaxis, :])


class Saturation(NamedTuple):
    """What softmax makes of random scores; each a mean over trials."""

    variance: float
    """Of the scores, whose expectation is 0."""
    greatest: float
    """The largest probability."""
    jacobian: float
    """The Frobenius norm of the softmax Jacobian: how much gradient can pass."""


def simulated_scores(dimension: int, keys: int, trials: int, seed: int) -> NDArray[np.float64]:
    """Dot products of random queries with random keys, (trials, keys): all components are standard normal.

    Each is a sum of `dimension` products of variance 1, hence of variance d_k (Vaswani et al., 2017, footnote 4).
    A dimension has random numbers of its own, so that adding another changes nothing of it.
    """
    generator = np.random.default_rng([seed, dimension])
    queries = generator.standard_normal((trials, dimension))
    return np.stack([generator.standard_normal((keys, dimension)) @ query for query in queries])


def saturation(scores: ArrayLike) -> Saturation:
    """How saturated the softmax of scores (trials, keys) is."""
    scores = np.asarray(scores, dtype=np.float64)
    probabilities = softmax(scores)
    norms = np.linalg.norm(softmax_jacobian(probabilities), axis=(-2, -1))
    return Saturation(float(np.mean(scores**2)), float(probabilities.max(axis=-1).mean()), float(norms.mean()))


class Projections(NamedTuple):
    """Random tokens and two random projections of them."""

    x: NDArray[np.float64]
    w_q: NDArray[np.float64]
    w_k: NDArray[np.float64]


def random_projections(tokens: int, dimension: int, projected: int, seed: int) -> Projections:
    """Standard normal x (tokens, dimension), and normal w_q and w_k (dimension, projected) of the variance 1 / dimension.

    So projected components are about as large as those of x, which is drawn last: any number of tokens has the same
    projections.
    """
    generator = np.random.default_rng(seed)
    shape, deviation = (dimension, projected), dimension**-0.5
    w_q, w_k = (generator.normal(scale=deviation, size=shape) for _ in range(2))
    return Projections(generator.standard_normal((tokens, dimension)), w_q, w_k)


def projected_scores(x: ArrayLike, w_q: ArrayLike, w_k: ArrayLike) -> NDArray[np.float64]:
    """Scores of tokens among each other, `X W_q (X W_k)ᵀ`, not scaled: x (n, d), w_q and w_k (d, d_k) → (n, n).

    With one projection for both it is a Gram matrix: symmetric, and no score exceeds the greater of the two on its
    diagonal (Cauchy-Schwarz).
    """
    x = np.asarray(x, dtype=np.float64)
    return np.asarray((x @ np.asarray(w_q, dtype=np.float64)) @ (x @ np.asarray(w_k, dtype=np.float64)).T)


class Cost(NamedTuple):
    """What the scores of n queries with n keys cost, before softmax and values."""

    multiply_adds: int
    numbers: int
    """Held at once, if all pairs are computed together."""


def dot_product_cost(length: int, dimension: int) -> Cost:
    """The scores `q·k` of vectors of d components: d multiply-adds a pair, and nothing to hold but the score.

    n²·d multiply-adds, n² numbers. Source: Vaswani et al., 2017, section 3.2.1.
    """
    return Cost(length**2 * dimension, length**2)


def additive_cost(length: int, dimension: int) -> Cost:
    """The scores `v·tanh(W₁q + W₂k)`, with d hidden units: W₁q and W₂k once a token, then d multiply-adds a pair for v.

    n²·d + 2·n·d² multiply-adds. A pair needs d additions and d tanh besides, and its d hidden units are held until v
    has met them: n²·d numbers. Source: Bahdanau et al., 2015, appendix A.1.2; compared by Vaswani et al., section 3.2.1.
    """
    return Cost(length**2 * dimension + 2 * length * dimension**2, length**2 * dimension)


def positional_encoding(positions: int, dimension: int) -> NDArray[np.float64]:
    """Sinusoids, (positions, dimension), for an even dimension: sines in columns 2i, cosines in 2i + 1.

    Both are of the angle position / 10000^(2i / dimension). Source: Vaswani et al., 2017, section 3.5.
    """
    frequencies = 10000.0 ** (-np.arange(0, dimension, 2) / dimension)
    angles = np.arange(positions)[:, np.newaxis] * frequencies
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(positions, dimension)
