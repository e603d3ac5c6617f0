"""How far probabilities may go: some outcomes no conversation tells.

A budget falls after a promising call, a lost deal comes back, somebody clicks the wrong button. Where that happens to a
share of all calls, a logistic curve promises too much at its ends. It is drawn between two bounds instead: the
four-parameter logistic model of test theory (Barton and Lord, 1981).
"""

from dataclasses import dataclass

import numpy as np

from mltraining.ml.linear import LinearScore, fit_sigmoid, sigmoid

FURTHEST = 0.4  # a bound from 0 or 1
CALLS_AGAINST = 10.0  # a bound: as many more calls that were told rightly must be outweighed
SHARES = np.linspace(0.0, 1.0, 9)  # of the way to bounds that other rows told


@dataclass(frozen=True)
class Bounds:
    low: float = 0.0
    high: float = 1.0

    def __call__(self, shares: np.ndarray) -> np.ndarray:
        """Probabilities by how much of the way from one bound to the other they go, 0 to 1."""
        return self.low + (self.high - self.low) * shares

    def shares(self, probabilities: np.ndarray) -> np.ndarray:
        """The way back; 0 or 1 for what lies beyond a bound."""
        return np.clip((probabilities - self.low) / (self.high - self.low), 0.0, 1.0)

    def by(self, share: float) -> "Bounds":
        """That share of the way from no bounds to these."""
        return Bounds(self.low * share, 1 - (1 - self.high) * share)


def fit_between(table: np.ndarray, labels: np.ndarray, bounds: Bounds) -> LinearScore:
    """A nearly unpenalised logistic regression on (rows, columns) of log-odds, drawn between the bounds."""
    from scipy.optimize import minimize  # noqa: PLC0415  # scoring needs no optimiser

    plain = fit_sigmoid(table, labels)
    if bounds == Bounds():
        return plain

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        shares = sigmoid(table @ point[:-1] + point[-1])
        value, miss = judged(bounds(shares), labels)
        slope = miss * (bounds.high - bounds.low) * shares * (1 - shares)
        weights = point[:-1] / 100.0  # as fit_sigmoid penalises
        return value + float(weights @ point[:-1]) / 2, np.append(table.T @ slope + weights, slope.sum())

    found = minimize(loss, np.append(plain.weights, plain.bias), jac=True, method="L-BFGS-B").x
    return LinearScore(found[:-1], float(found[-1]))


def fit_bounds(log_odds: np.ndarray, labels: np.ndarray) -> Bounds:
    """The likeliest ones for what held-out rows (rows,) got; few rows speak for none."""
    from scipy.optimize import minimize  # noqa: PLC0415  # scoring needs no optimiser

    won = float(np.mean(labels))
    most = [min(FURTHEST, 0.9 * share) for share in (won, 1 - won)]

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        slope, bias, low, gap = point  # gap: from the upper bound to 1
        shares = sigmoid(slope * log_odds + bias)
        value, miss = judged(low + (1 - low - gap) * shares, labels)
        bend = miss * (1 - low - gap) * shares * (1 - shares)
        against = CALLS_AGAINST / (1 - np.array([low, gap]))
        ends = np.array([miss @ (1 - shares), -(miss @ shares)]) + against
        value -= CALLS_AGAINST * (np.log1p(-low) + np.log1p(-gap))
        return float(value), np.array([bend @ log_odds, bend.sum(), *ends])

    limits = [(0.05, 20.0), (-10.0, 10.0), (0.0, most[0]), (0.0, most[1])]
    starts = [(1.0, 0.0, low, gap) for low in (0.0, most[0] / 2) for gap in (0.0, most[1] / 2)]
    found = min((minimize(loss, start, jac=True, bounds=limits, method="L-BFGS-B") for start in starts), key=by_value)
    return Bounds(float(found.x[2]), 1 - float(found.x[3]))


def by_value(found: object) -> float:
    return float(found.fun)  # type: ignore[attr-defined]  # scipy's results have no types


def likely_bounds(log_odds: np.ndarray, labels: np.ndarray, told: Bounds) -> Bounds:
    """The mean of those on the way to the bounds that were told, each weighted by the likelihood it gives these rows.
    What tells more than the rows did that told the bounds may come nearer to 0 and 1."""
    column = log_odds[:, None]
    losses = []
    for share in SHARES:
        bounds = told.by(share)
        line = fit_between(column, labels, bounds)
        losses.append(judged(bounds(sigmoid(line(column))), labels)[0])
    weights = np.exp(min(losses) - np.array(losses))
    return told.by(float(np.average(SHARES, weights=weights)))


def judged(probabilities: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """The negative log-likelihood, and (rows,) how it changes with each probability."""
    said = np.clip(probabilities, 1e-12, 1 - 1e-12)
    value = -(labels * np.log(said) + (1 - labels) * np.log1p(-said)).sum()
    return float(value), (said - labels) / (said * (1 - said))


def note(bounds: Bounds) -> list[str]:
    """For people: how far probabilities may go, where that is less than all the way."""
    low, high = f"{bounds.low:.0%}", f"{bounds.high:.0%}"
    ends = [f"below {low}"] * (low != "0%") + [f"above {high}"] * (high != "100%")
    return [f"No call gets a probability {' or '.join(ends)}: other calls like it went otherwise."] if ends else []
