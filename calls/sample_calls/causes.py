"""The hidden causes of an outcome: how likely each is, what it weighs, and what to expect from what was said.

All causes are independent, so the best possible prediction from what was voiced is an exact sum over what was not.
"""

from collections.abc import Mapping
from itertools import product
from math import exp, prod
from random import Random

VALUES = (-1, 0, 1)
# cause -> probability of -1, 0 and +1
PRIORS: dict[str, tuple[float, float, float]] = {
    "need": (0.35, 0.25, 0.40),
    "authority": (0.35, 0.30, 0.35),
    "budget": (0.35, 0.30, 0.35),
    "timing": (0.35, 0.35, 0.30),
    "competitor": (0.25, 0.55, 0.20),
    "conduct": (0.25, 0.40, 0.35),  # how the rep leads the call
}
WEIGHTS = {"need": 1.5, "authority": 1.0, "budget": 1.25, "timing": 1.0, "competitor": 1.0, "conduct": 0.7}
VOICED = 0.85  # a cause that pulls either way is put into words in so many calls
INTERCEPT = -0.35
METADATA_WEIGHTS: dict[str, dict[str, float]] = {
    "source": {"referral": 0.6, "inbound": 0.3, "event": 0.0, "outbound": -0.5},
    "segment": {"small": 0.2, "mid-market": 0.1, "enterprise": -0.3},
}


def sigmoid(value: float) -> float:
    return 1 / (1 + exp(-value))


def drawn_causes(rng: Random, skill: float) -> dict[str, int]:
    """One value a cause; a skilled rep (up to +1) leads more calls well."""
    causes = {cause: rng.choices(VALUES, prior)[0] for cause, prior in PRIORS.items()}
    if rng.random() < abs(skill):
        causes["conduct"] = 1 if skill > 0 else -1
    return causes


def metadata_score(metadata: Mapping[str, object]) -> float:
    return sum(weights.get(str(metadata.get(name)), 0.0) for name, weights in METADATA_WEIGHTS.items())


def true_probability(causes: Mapping[str, int], metadata: Mapping[str, object]) -> float:
    return sigmoid(
        INTERCEPT + metadata_score(metadata) + sum(WEIGHTS[cause] * value for cause, value in causes.items())
    )


def best_probability(voiced: Mapping[str, int], metadata: Mapping[str, object]) -> float:
    """The probability to expect given what was voiced and the metadata: silence speaks for the neutral value."""
    silent = [cause for cause in PRIORS if cause not in voiced]
    total = weight = 0.0
    for values in product(VALUES, repeat=len(silent)):
        chance = prod(silent_posterior(cause)[value] for cause, value in zip(silent, values, strict=True))
        total += chance * true_probability({**voiced, **dict(zip(silent, values, strict=True))}, metadata)
        weight += chance
    return total / weight


def silent_posterior(cause: str) -> dict[int, float]:
    chances = {
        value: prior * (1.0 if value == 0 else 1 - VOICED) for value, prior in zip(VALUES, PRIORS[cause], strict=True)
    }
    whole = sum(chances.values())
    return {value: chance / whole for value, chance in chances.items()}
