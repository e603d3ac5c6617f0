"""Whether the turns that are named as reasons move the probability: they are taken out of the conversation, beside as
many random ones, and what is left is read and scored like any other conversation.

Contributions come from vectors that are pooled again; here windows are cut and encoded anew (those that read the same
keep their vector) and features are counted anew. Deletion as in ERASER (DeYoung and others, 2020).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from mltraining.ml.classifier import Head
from mltraining.ml.config import TrainConfig
from mltraining.ml.embedding import Encoded
from mltraining.ml.example import Example
from mltraining.ml.explain import turn_contributions
from mltraining.ml.linear import log_odds_of
from mltraining.ml.metrics import resamples, wilson
from mltraining.ml.model import ConversionModel
from mltraining.ml.projection import Projection
from mltraining.ml.split import Fold
from mltraining.ml.tuning import KnownVectors, Tuning

DELETED = 3  # turns
FEWEST_TURNS = 8  # three turns are too much of a shorter conversation
DRAWS = 5  # sets of random turns
MOST = 200  # conversations
AT_ONCE = 16  # conversations
SIDES = {"for": 1.0, "against": -1.0}

Turns = frozenset[int]
Shorten = Callable[[int, Turns], Example]  # a row without these turns, its features counted anew
Contributions = Callable[[Example, Encoded, Projection, Head], np.ndarray]


@dataclass(frozen=True)
class Deletions:
    """What is to be taken out of one conversation. A side for which no turn speaks is not there."""

    row: int
    turns: int
    strongest: Turns  # for or against
    top: Mapping[str, Turns]  # by side; fewer than DELETED where fewer turns speak for it
    random: Mapping[str, Sequence[Turns]]  # by side, as many as its top

    def every(self) -> Iterator[tuple[int, Turns]]:
        yield self.row, frozenset()
        for side, top in self.top.items():
            yield from ((self.row, gone) for gone in (top, *self.random[side]))


@dataclass(frozen=True)
class Checked:
    """One conversation. Moves are in log-odds; more than 0 is what deleting turns of that side should do."""

    deletions: Deletions
    moved: Mapping[str, tuple[float, float]]  # by side: its top turns, and the mean over random ones


class ReasonCheck:
    """Gathers fold by fold what deleting turns does to the probabilities of test conversations."""

    def __init__(
        self,
        examples: Sequence[Example],
        shorten: Shorten,
        folds: Sequence[Fold],
        config: TrainConfig,
        contributions: Contributions = turn_contributions,
    ) -> None:
        """Of the rows that some fold tests, at most MOST of those that are long enough are checked."""
        self.examples, self.shorten, self.config, self.contributions = examples, shorten, config, contributions
        tested = np.unique(np.concatenate([fold.test for fold in folds]))
        long = [row for row in tested if len(examples[row].turns) >= FEWEST_TURNS]
        self.long = len(long)
        self.chosen = {int(row) for row in np.random.default_rng(config.seed).permutation(long)[:MOST]}
        self.checked: list[Checked] = []

    def __call__(self, test: np.ndarray, tuning: Tuning, head: Head) -> None:
        rows = [int(row) for row in test if int(row) in self.chosen]
        known = KnownVectors(tuning.encoder, [tuning.encoded[row] for row in rows])
        model = ConversionModel(known, tuning.projection, head, self.config)
        for start in range(0, len(rows), AT_ONCE):
            self.checked += self._check(rows[start : start + AT_ONCE], model, tuning.encoded)

    def _check(self, rows: Sequence[int], model: ConversionModel, encoded: Sequence[Encoded]) -> list[Checked]:
        plans = []
        for row in rows:
            added = self.contributions(self.examples[row], encoded[row], model.projection, model.head)
            plans.append(planned(row, added, self.config.seed))
        wanted = list(dict.fromkeys(each for plan in plans for each in plan.every()))
        said = model.predict_proba([self.shorten(row, gone) if gone else self.examples[row] for row, gone in wanted])
        found = dict(zip(wanted, map(log_odds_of, said.tolist()), strict=True))
        return [Checked(plan, moves(plan, found)) for plan in plans]

    def report(
        self, groups: np.ndarray, causes: Mapping[int, Turns] | None = None, *, draws: int = 500
    ) -> dict[str, Any]:
        """Numbers that cannot exist are NaN. `groups` of all rows; `causes`: the turns of a row that carry its outcome,
        where they are known."""
        return {
            "n": len(self.checked),
            "long_enough": self.long,
            "deleted": DELETED,
            "fewest_turns": FEWEST_TURNS,
            "random_draws": DRAWS,
            **{side: moved_more(side, self.checked) for side in SIDES},
            "causes": cause_hits(self.checked, groups, causes or {}, draws, self.config.seed),
        }


def planned(row: int, added: np.ndarray, seed: int) -> Deletions:
    """`added` (turns,) are the contributions. Both sides share their random turns."""
    generator = np.random.default_rng([seed, row])
    orders = [generator.permutation(len(added)).tolist() for _ in range(DRAWS)]
    top = {side: strongest(sign * added) for side, sign in SIDES.items()}
    top = {side: turns for side, turns in top.items() if turns}
    random = {side: [frozenset(order[: len(turns)]) for order in orders] for side, turns in top.items()}
    return Deletions(row, len(added), strongest(np.abs(added)), top, random)


def strongest(added: np.ndarray) -> Turns:
    """Up to DELETED turns, of those above 0."""
    order = np.argsort(-added, kind="stable")[:DELETED]
    return frozenset(int(turn) for turn in order if added[turn] > 0)


def moves(plan: Deletions, log_odds: Mapping[tuple[int, Turns], float]) -> dict[str, tuple[float, float]]:
    whole = log_odds[plan.row, frozenset()]
    moved = {}
    for side, top in plan.top.items():
        by_random = [SIDES[side] * (whole - log_odds[plan.row, gone]) for gone in plan.random[side]]
        moved[side] = (SIDES[side] * (whole - log_odds[plan.row, top]), float(np.mean(by_random)))
    return moved


def moved_more(side: str, checked: Sequence[Checked]) -> dict[str, Any]:
    """The share of conversations in which the top turns move more than random ones; a tie is none."""
    moved = np.array([call.moved[side] for call in checked if side in call.moved]).reshape(-1, 2)
    more = int(np.sum(moved[:, 0] > moved[:, 1]))
    low, high = wilson(more, len(moved))
    top, random = moved.mean(axis=0).tolist() if len(moved) else (np.nan, np.nan)
    return {
        "n": len(moved),
        "more": more,
        "share": more / len(moved) if len(moved) else np.nan,
        "low": low,
        "high": high,
        "top": top,
        "random": random,
        "fewer_turns": sum(len(call.deletions.top.get(side, ())) in range(1, DELETED) for call in checked),
        "no_turn": sum(side not in call.moved for call in checked),
    }


def cause_hits(
    checked: Sequence[Checked], groups: np.ndarray, causes: Mapping[int, Turns], draws: int, seed: int
) -> dict[str, Any] | None:
    """How often a cause is among the strongest turns, beside the chance of as many random ones; and the same for the
    share of the turns that are causes. None where no conversation has both a cause and a reason."""
    counted = [
        (call.deletions, heard)
        for call in checked
        if (heard := {turn for turn in causes.get(call.deletions.row, ()) if 0 <= turn < call.deletions.turns})
        and call.deletions.strongest
    ]
    if not counted:
        return None
    _, group = np.unique(groups[[call.row for call, _ in counted]], return_inverse=True)
    weights = resamples(int(group.max()) + 1, draws, seed)[:, group]  # (draws, conversations)
    common = np.array([len(call.strongest & heard) for call, heard in counted])
    chosen = np.array([len(call.strongest) for call, _ in counted])
    turns, known = np.array([(call.turns, len(heard)) for call, heard in counted]).T
    chance = hypergeom.sf(0, turns, known, chosen)  # of one or more
    any_of_them = times_as_often((common > 0).astype(float), chance, weights)
    return {"n": len(counted)} | any_of_them | {"turns": times_as_often(common / chosen, known / turns, weights)}


def times_as_often(ours: np.ndarray, random: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    """`weights` (draws, conversations) resample whole groups."""
    below = weights @ random
    drawn = (weights @ ours)[below > 0] / below[below > 0]
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist() if len(drawn) else (np.nan, np.nan)
    means = {"ours": float(ours.mean()), "random": float(random.mean())}
    return means | {"ratio": means["ours"] / means["random"], "low": low, "high": high}


def in_markdown(found: Mapping[str, Any]) -> list[str]:
    """The section of a report."""
    lines = [
        "## Faithful reasons (fine_tuned)",
        "",
        f"{found['n']} test rows of {found['long_enough']} with {found['fewest_turns']} turns or more. Up to "
        f"{found['deleted']} turns are deleted and the rest is read again; a move is in log-odds, away from the side.",
        "",
        "| top turns | rows | move more than random | 95 % | mean move | random |",
        "|---|---|---|---|---|---|",
    ]
    for side in SIDES:
        row = found[side]
        if row["share"] is not None:
            shares = f"{row['share']:.1%} | {row['low']:.1%}–{row['high']:.1%}"
            lines.append(f"| {side} | {row['n']} | {shares} | {row['top']:+.3f} | {row['random']:+.3f} |")
    if found["causes"]:
        lines += ["", "| hits of known causes | strongest | random | ratio | 95 % |", "|---|---|---|---|---|"]
        for name, row in (("any", found["causes"]), ("share of turns", found["causes"]["turns"])):
            ratio = f"{row['ratio']:.2f} | {row['low']:.2f}–{row['high']:.2f}"
            lines.append(f"| {name} | {row['ours']:.1%} | {row['random']:.1%} | {ratio} |")
    return lines
