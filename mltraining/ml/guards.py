"""Signs that a measured quality is too good to hold: each names the column, calls or customers that it saw it in."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.stats import hypergeom

from mltraining.ml.baselines import labels_of
from mltraining.ml.example import Example
from mltraining.ml.features import categories_of, numbers_of
from mltraining.ml.metrics import auc, mean_of_known
from mltraining.ml.split import Fold, grouped_folds, groups_of, telling

TELLS_ALL = 0.95  # an AUC that hardly any single fact known before a call reaches
FEWEST_RANKED = 20  # of each outcome, before an AUC is believed
FEWEST_FILLED = 10
ALMOST_NEVER = 0.05  # the other outcome's fill rate, as a share of this one's
FALSE_ALARMS = 0.01  # of the reports in which no column tells anything, over all their columns
MOST_CODES = 20  # numbers of so few values may be codes, whose order says nothing
AS_GOOD = 0.01  # Brier
PARTS = 5
NAMED = 3

HISTORY = "history."
WHEN_FILLED = (
    "It looks like something that is filled in once the outcome is known. Leave it out of the metadata that come with"
    " calls, or deliver it as it stood when the call began."
)
WHEN_DATED = "It is counted from the customer's earlier calls: check the dates of these calls and of their outcomes."


@dataclass(frozen=True)
class Finding:
    guard: str
    what: str  # the column, or how many
    text: str


@dataclass(frozen=True)
class Facts:
    """What every column is held against."""

    labels: np.ndarray  # (calls,)
    customers: np.ndarray  # (calls,) numbers
    part: np.ndarray  # (calls,) whole customers, for rates that are learned on other customers
    columns: int


def findings(
    examples: Sequence[Example],
    folds: Sequence[Fold],
    paired: Iterable[Mapping[str, Any]],
    customers: Sequence[str] | None = None,
) -> list[dict[str, str]]:
    """Every guard that fired. `paired`: the reported model less the others. `customers`: where examples name none."""
    customers = customers or [example.group_key for example in examples]
    found = [
        *revealing_columns(examples),
        copies(examples, folds),
        shared_customers(examples, folds, customers),
        said_later(examples),
        length_alone(paired),
    ]
    return [asdict(finding) for finding in found if finding is not None]


def revealing_columns(examples: Sequence[Example]) -> Iterator[Finding]:
    labels = labels_of(examples)
    customers = groups_of(examples)
    part = np.zeros(len(labels), dtype=int)
    for number, fold in enumerate(grouped_folds(labels, customers, PARTS, seed=0)):
        part[fold.test] = number
    columns = list(columns_of(examples))
    facts = Facts(labels, customers, part, len(columns))
    for name, values, filled in columns:
        if finding := filled_for_one(name, filled, facts) or ranks_alone(name, values, filled, facts):
            yield finding


def columns_of(examples: Sequence[Example]) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Name, values and which of them are filled, of everything that was known before the call."""
    for name in dict.fromkeys(name for example in examples for name in example.numbers):
        numbers = numbers_of(examples, name)
        yield name, numbers, np.isfinite(numbers)
    for name in dict.fromkeys(name for example in examples for name in example.categories):
        texts = np.array(categories_of(examples, name), dtype=object)
        yield name, texts, texts != ""


def filled_for_one(name: str, filled: np.ndarray, facts: Facts) -> Finding | None:
    """A customer counts once for each outcome: many calls of one customer repeat what is known of it."""
    rows = set(zip(facts.customers.tolist(), facts.labels.tolist(), filled.tolist(), strict=True))
    counts = np.zeros((2, 2), dtype=int)  # by outcome, by whether it is filled
    for _, label, is_filled in rows:
        counts[label, int(is_filled)] += 1
    known = counts[:, 1]
    rates = known / np.maximum(counts.sum(axis=1), 1)
    this, other = (1, 0) if rates[1] > rates[0] else (0, 1)
    if known.sum() < FEWEST_FILLED or rates[other] > ALMOST_NEVER * rates[this]:
        return None
    by_chance = hypergeom.cdf(known[other], counts.sum(), counts[other].sum(), known.sum())
    if by_chance > FALSE_ALARMS / facts.columns:
        return None
    words = {0: "lost", 1: "won"}
    return revealing(
        name,
        f"The column {name} is filled for {rates[this]:.0%} of the {words[this]} calls and for {rates[other]:.0%} of"
        f" the {words[other]} ones.",
    )


def ranks_alone(name: str, values: np.ndarray, filled: np.ndarray, facts: Facts) -> Finding | None:
    seen = {
        (customer, label, value): row
        for row, customer, label, value in zip(
            np.flatnonzero(filled), facts.customers[filled], facts.labels[filled], values[filled], strict=True
        )
    }
    rows = np.array(sorted(seen.values()), dtype=int)
    labels = facts.labels[rows]
    if min(np.sum(labels == 1), np.sum(labels == 0)) < FEWEST_RANKED:
        return None
    kinds, codes = np.unique(values[rows], return_inverse=True)
    is_number = values.dtype != object
    ranked = [auc(labels, values[rows])] if is_number else []
    if not is_number or len(kinds) <= MOST_CODES:
        ranked.append(auc_of_codes(codes, labels, facts.part[rows]))
    best = max((value for value in ranked if math.isfinite(value)), key=lambda value: abs(value - 0.5), default=0.5)
    if 1 - TELLS_ALL < best < TELLS_ALL:
        return None
    return revealing(
        name,
        f"The column {name} alone tells won from lost: AUC {best:.3f} over the {int(filled.sum())} calls that have it.",
    )


def auc_of_codes(codes: np.ndarray, labels: np.ndarray, part: np.ndarray) -> float:
    """By each code's share of won calls among other customers: a code that occurs once says nothing."""
    aucs = []
    for number in np.unique(part):
        asked = part == number
        known, size = codes[~asked], int(codes.max()) + 1
        won, all_of_it = np.bincount(known, labels[~asked], size), np.bincount(known, minlength=size)
        base = float(labels[~asked].mean()) if len(known) else 0.5
        share = (won + base) / (all_of_it + 1)
        aucs.append(auc(labels[asked], share[codes[asked]]))
    return float(mean_of_known(np.array(aucs)))


def revealing(name: str, seen: str) -> Finding:
    return Finding("revealing_column", name, f"{seen} {WHEN_DATED if name.startswith(HISTORY) else WHEN_FILLED}")


def copies(examples: Sequence[Example], folds: Sequence[Fold]) -> Finding | None:
    told = [telling(example) for example in examples]
    twins: dict[int, int] = {}  # tested row -> a row that was learned from
    for fold in folds:
        learned = {told[row]: int(row) for row in fold.train if told[row]}
        twins |= {int(row): learned[told[row]] for row in fold.test if told[row] in learned}
    if not twins:
        return None
    pairs = [f"{examples[row].id} and {examples[twin].id}" for row, twin in twins.items()]
    return Finding(
        "copied_transcript",
        str(len(twins)),
        f"{counted(len(twins), 'tested call has', 'tested calls have')} the same transcript as a call that was learned"
        f" from ({named(pairs, '; ')}), so that the model was asked what it had been told. Remove the copies, or keep"
        " them on one side of the split.",
    )


def shared_customers(examples: Sequence[Example], folds: Sequence[Fold], customers: Sequence[str]) -> Finding | None:
    shared: dict[str, None] = {}  # in the order of calls
    for fold in folds:
        learned = {customers[row] for row in fold.train}
        shared |= dict.fromkeys(customers[row] for row in fold.test if customers[row] in learned)
    if not shared:
        return None
    return Finding(
        "shared_customer",
        str(len(shared)),
        f"{counted(len(shared), 'customer has', 'customers have')} calls among those learned from and among those"
        f" tested ({named(list(shared))}), so that knowing a customer again counts as knowing the outcome. Divide by"
        " whole customers; where there are too few for that, label calls of more customers.",
    )


def said_later(examples: Sequence[Example]) -> Finding | None:
    late = [example for example in examples if example.turns_after_outcome]
    if not late:
        return None
    turns = sum(example.turns_after_outcome for example in late)
    return Finding(
        "said_after_outcome",
        str(len(late)),
        f"In {counted(len(late), 'call', 'calls')} ({named([example.id for example in late])})"
        f" {counted(turns, 'turn was', 'turns were')} said after the outcome was known. Check when the call began"
        " (where none was delivered, the moment of its arrival counts) and since when its outcome is known.",
    )


def length_alone(paired: Iterable[Mapping[str, Any]]) -> Finding | None:
    """Only where the model claims something: nobody is misled by one that does not beat the base rate."""
    gaps = {row["against"]: row for row in paired if row["metric"] == "brier" and is_known(row)}
    if not {"base_rate", "length_only"} <= set(gaps) or gaps["base_rate"]["high"] >= 0:
        return None
    gap = gaps["length_only"]
    if gap["difference"] < -AS_GOOD and gap["high"] < 0:
        return None
    return Finding(
        "length_alone",
        "length_only",
        f"The number of turns and words alone is nearly as good as the model: Brier {gap['difference']:+.4f} (95 %"
        f" interval {gap['low']:+.4f} to {gap['high']:+.4f}) for the model less length. Check whether won or lost calls"
        " are cut, joined or recorded in another way; if not, the words add little, and early scores are weak.",
    )


def is_known(row: Mapping[str, Any]) -> bool:
    return all(row[name] is not None and math.isfinite(row[name]) for name in ("difference", "low", "high"))


def counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def named(names: Sequence[str], between: str = ", ") -> str:
    """The first few, for people to look at."""
    return between.join([*names[:NAMED], *(["…"] if len(names) > NAMED else [])])
