"""Ready, OK or not ready: what a candidate must show before anybody promotes it, each reason in words and numbers."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from mltraining.ml.paired import Comparison, Difference

READY, OK, NOT_READY = "ready", "ok", "not_ready"
BEAT = {"base_rate": "the base rate", "length_only": "length alone"}
NOT_BELOW = {"bag_of_words": "a bag of words", "generic_encoder": "the encoder without fine-tuning"}


@dataclass(frozen=True)
class Reason:
    passed: bool
    text: str


@dataclass(frozen=True)
class Verdict:
    state: str
    reasons: list[Reason]

    def to_dict(self) -> dict[str, Any]:
        return {"state": self.state, "reasons": [asdict(reason) for reason in self.reasons]}


def verdict(
    against: Mapping[str, Comparison], *, ece: float, ece_noise: float, bound: float, active: Comparison | None = None
) -> Verdict:
    """`against`: the candidate compared with each baseline, and with the generic encoder unless it is that."""
    base_rate = beats(against["base_rate"].brier, BEAT["base_rate"])
    open_points = [beats(against[name].brier, words) for name, words in BEAT.items() if name != "base_rate"]
    open_points += [not_worse(against[name].brier, words) for name, words in NOT_BELOW.items() if name in against]
    open_points.append(calibrated(ece, ece_noise, bound))
    if active is None:
        open_points.append(Reason(True, "There is no active version to compare with on calls that it has not seen."))
    else:
        open_points.append(not_worse(active.brier, "the active version"))
    passed = all(reason.passed for reason in open_points)
    state = NOT_READY if not base_rate.passed else READY if passed else OK
    return Verdict(state, [base_rate, *open_points])


def beats(gap: Difference, words: str) -> Reason:
    if not gap.is_known:
        return Reason(False, f"Could not be compared with {words}.")
    passed = gap.high < 0
    return Reason(passed, f"{'Beats' if passed else 'Does not clearly beat'} {words}: {in_numbers(gap)}.")


def not_worse(gap: Difference, words: str) -> Reason:
    if not gap.is_known:
        return Reason(False, f"Could not be compared with {words}.")
    passed = gap.low <= 0
    return Reason(passed, f"{'Is not worse than' if passed else 'Is worse than'} {words}: {in_numbers(gap)}.")


def calibrated(ece: float, ece_noise: float, bound: float) -> Reason:
    if not np.isfinite([ece, ece_noise]).all():
        return Reason(False, "The calibration could not be measured.")
    limit = max(bound, ece_noise)
    passed = ece <= limit
    words = "lies within" if passed else "exceeds"
    return Reason(passed, f"The calibration error {ece:.3f} {words} the bound {limit:.3f} for so many calls.")


def in_numbers(gap: Difference) -> str:
    return f"Brier {gap.value:+.4f} (95 % interval {gap.low:+.4f} to {gap.high:+.4f})"
