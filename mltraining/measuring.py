"""One evaluation on a file: which rows, which folds, and the report on what came out."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mltraining.dataset import Row, UnreadableDataset, example_from_row, read_rows
from mltraining.ml.config import TrainConfig
from mltraining.ml.example import Example
from mltraining.ml.protocols import (
    OUTCOME_ZERO_IS_POSITIVE,
    PROTOCOLS,
    ROWS_ARE_GROUPS,
    ROWS_ARE_IN_ORDER,
    ProtocolError,
    sampled_groups,
)
from mltraining.ml.split import Fold, groups_of

if TYPE_CHECKING:
    from mltraining.ml.evaluate import Evaluated
    from mltraining.ml.metrics import FoldScores

EXTRA = "extra."
SEGMENTS = ("rep", "segment", "language")  # names in metadata or extra by which quality is also told


@dataclass(frozen=True)
class Question:
    """What is to be measured, in the words of the command line."""

    data: Path
    protocol: str
    view: str = "full"
    only: str | None = None
    metadata: str = "all"
    folds: int = 5
    seed: int = 0
    limit: int | None = None
    faithfulness: bool = False

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise ProtocolError(f"--protocol must be one of {', '.join(PROTOCOLS)}, not {self.protocol!r}.")
        if self.folds < 2:
            raise ProtocolError("--folds must be 2 or more.")
        if self.seed < 0:
            raise ProtocolError("--seed must not be negative.")
        if self.limit is not None and self.limit < 1:
            raise ProtocolError("--limit must be 1 or more.")
        if self.only is not None and (not self.only.startswith(EXTRA) or self.only == EXTRA):
            raise ProtocolError(f"--only must be {EXTRA}NAME, not {self.only!r}.")


@dataclass(frozen=True)
class Taken:
    """The rows that are measured, and what happened to the others."""

    rows: list[Row]
    examples: list[Example]
    without_outcome: int
    notes: list[str]
    without: Callable[[int, Collection[int]], Example]  # a row without some of its turns


def measure(asked: Question, config: TrainConfig, *, progress: Callable[[float, str], None]) -> dict[str, Any]:
    """The report, ready for JSON. Raises UnreadableDataset or ProtocolError for what cannot be measured."""
    from mltraining.ml.encoder import encoder_for  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.evaluate import Rows, evaluate  # noqa: PLC0415
    from mltraining.ml.faithfulness import ReasonCheck  # noqa: PLC0415
    from mltraining.ml.guards import findings  # noqa: PLC0415
    from mltraining.ml.machine import machine  # noqa: PLC0415
    from mltraining.ml.report import without_nan  # noqa: PLC0415

    taken = take(asked)
    labels = np.array([row.outcome for row in taken.rows], dtype=int)
    groups = groups_of(taken.examples)
    folds = PROTOCOLS[asked.protocol](labels, groups, [row.split for row in taken.rows], asked.folds, asked.seed)
    told = any(example.words for example in taken.examples)
    encoder = encoder_for(config.encoder if told else "hashing", **config.encoder_options)
    progress(0.0, f"{len(labels)} rows, {len(folds)} folds, encoder {encoder.name if told else 'none: no text'}.")
    check = ReasonCheck(taken.examples, taken.without, folds, config) if asked.faithfulness else None
    result = evaluate(Rows(taken.examples, groups, config), folds, encoder=encoder, progress=progress, probe=check)
    report = summarised(asked, taken, folds, result, config)
    # Not the examples' groups: a protocol that makes a group of every row hides whose the rows are.
    customers = [row.group or f"only {row.number}" for row in taken.rows]
    report["guards"] = findings(taken.examples, folds, report["paired"], customers)
    if check is not None:
        causes = {number: cause_turns(row) for number, row in enumerate(taken.rows)}
        report["faithfulness"] = without_nan(check.report(groups, causes, draws=config.bootstraps))
    report["encoder"] = encoder.name if told else None
    return report | machine(getattr(encoder, "device", "cpu"))


def take(asked: Question) -> Taken:
    """The rows that the question is about, as examples."""
    every = list(read_rows(asked.data))
    if asked.only is not None:
        every = only(every, asked.only)
    labelled = [row for row in every if row.outcome is not None]
    if not labelled:
        raise UnreadableDataset(
            f"{asked.data} holds no row with an outcome" + (f" and {asked.only}." if asked.only else ".")
        )
    keep = metadata_choice(asked.metadata, labelled)
    own_group = asked.protocol in ROWS_ARE_GROUPS

    def as_example(row: Row, without: Collection[int] = ()) -> Example:
        turns = half_of(row) if asked.view == "half" else None
        example = example_from_row(row, turns=turns, without=without, keep=keep, own_group=own_group)
        return example if asked.protocol in ROWS_ARE_IN_ORDER else replace(example, time=0.0)

    examples = [as_example(row) for row in labelled]
    if asked.limit is not None:
        chosen = sampled_groups(groups_of(examples), asked.limit, asked.seed)
        labelled, examples = [labelled[row] for row in chosen], [examples[row] for row in chosen]
    left_out = len(every) - sum(row.outcome is not None for row in every)
    notes = [f"{left_out} rows without outcome were left out."] if left_out else []
    if asked.view == "half" and (guessed := sum(not has_half(row) for row in labelled)):
        notes.append(f"{guessed} rows without a usable extra.n_half were cut after half of their turns.")
    return Taken(labelled, examples, left_out, notes, lambda number, gone: as_example(labelled[number], gone))


def only(rows: Sequence[Row], name: str) -> list[Row]:
    key = name.removeprefix(EXTRA)
    if not any(key in row.extra for row in rows):
        raise UnreadableDataset(f"--only {name}: no row has it.")
    chosen = [row for row in rows if row.extra.get(key) is True or row.extra.get(key) == 1]
    if not chosen:
        raise UnreadableDataset(f"--only {name}: it is true for no row.")
    return chosen


def metadata_choice(asked: str, rows: Sequence[Row]) -> Callable[[str], bool]:
    """Which flattened names count; a name stands for everything nested below it, too."""
    if asked == "all":
        return lambda name: True
    if asked == "none":
        return lambda name: False
    names = [name.strip() for name in asked.split(",") if name.strip()]
    known = {name for row in rows for name in paths(row.metadata)}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        there_is = ", ".join(sorted(known)[:30]) or "nothing"
        raise UnreadableDataset(f"--metadata: no row has {', '.join(unknown) or 'that'}; there is {there_is}.")
    return lambda name: any(name == chosen or name.startswith(f"{chosen}.") for chosen in names)


def paths(metadata: Any, above: str = "") -> set[str]:
    """Every name in nested metadata, joined by dots, the inner ones and those above them."""
    found: set[str] = set()
    for key, value in metadata.items():
        name = f"{above}.{key}" if above else str(key)
        found.add(name)
        if isinstance(value, dict):
            found |= paths(value, name)
    return found


def has_half(row: Row) -> bool:
    value = row.extra.get("n_half")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 <= value <= len(row.turns) and value % 1 == 0


def half_of(row: Row) -> int:
    return int(row.extra["n_half"]) if has_half(row) else len(row.turns) // 2


def summarised(
    asked: Question, taken: Taken, folds: Sequence[Fold], result: "Evaluated", config: TrainConfig
) -> dict[str, Any]:
    from mltraining.ml.decisions import confusion, threshold_table  # noqa: PLC0415  # heavy packages only in functions
    from mltraining.ml.evaluate import GENERIC, TUNED  # noqa: PLC0415
    from mltraining.ml.metrics import reliability  # noqa: PLC0415
    from mltraining.ml.paired import paired_rows  # noqa: PLC0415
    from mltraining.ml.report import along_rows, pooled_rows, rows_of, subset_rows, without_nan  # noqa: PLC0415

    tested = np.zeros(len(taken.rows), dtype=bool)
    for fold in folds:
        tested[fold.test] = True
    options = {
        "draws": config.bootstraps,
        "seed": asked.seed,
        "zero_is_positive": asked.protocol in OUTCOME_ZERO_IS_POSITIVE,
    }
    best = result.scores[TUNED]
    others = [name for name in result.scores if name != TUNED]
    report = {
        "data": asked.data.name,
        "protocol": asked.protocol,
        "view": asked.view,
        "n": int(tested.sum()),
        "rows": rows_of(result, **options),
        **along_rows(result, TUNED, **options),
        "subsets": {
            name: subset_rows(result, chosen, **options) for name, chosen in subsets(taken.rows, tested).items()
        },
        "counts": {
            "rows": len(taken.rows),
            "positive": sum(row.outcome == 1 for row in taken.rows),
            "without_outcome": taken.without_outcome,
            "groups": len({example.group_key for example in taken.examples}),
            "train": [len(fold.train) for fold in folds],
            "test": [len(fold.test) for fold in folds],
        },
        "positive_outcome": 0 if options["zero_is_positive"] else 1,
        "notes": [*taken.notes, result.plan.why, *left_out([taken.examples[row] for row in folds[0].train])],
        "paired": paired_rows(best, {name: result.scores[name] for name in others}, draws=config.bootstraps),
        "reliability": reliability(*pooled_rows(best)),
        "confusion": {"threshold": float(np.mean([fold.threshold for fold in best])), **confusion(best)},
        "thresholds": threshold_table(best, result.limits[TUNED], config),
        "training_curve": result.curves,
        **parts_of(taken, best, draws=config.bootstraps, seed=asked.seed),
        "known_truth": beside_truth(taken.rows, tested, result, **options),
        "recalibrated": after_shift(result, **options) if asked.protocol in ROWS_ARE_IN_ORDER else None,
        "options": {
            "only": asked.only,
            "metadata": asked.metadata,
            "folds": len(folds),
            "seed": asked.seed,
            "limit": asked.limit,
        },
        "config": config.to_dict(),
        "same_head": [GENERIC, TUNED],
    }
    return without_nan(report)


def left_out(learned_from: Sequence[Example]) -> list[str]:
    from mltraining.ml.clocks import note, steady  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.features import FeatureSpace  # noqa: PLC0415

    return note(steady(FeatureSpace.learn(learned_from), learned_from), learned_from)


def after_shift(result: "Evaluated", **options: Any) -> list[dict[str, Any]]:
    """The rows of the report as the newest outcomes would have kept them calibrated."""
    from mltraining.ml.recalibration import recalibrated  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.report import metrics_row  # noqa: PLC0415

    return [
        metrics_row(name, [recalibrated(fold) for fold in folds], **options) for name, folds in result.scores.items()
    ]


def parts_of(taken: Taken, best: Sequence["FoldScores"], *, draws: int, seed: int) -> dict[str, Any]:
    """Segments, and the rows that the model was most wrong about by their id and line alone."""
    from mltraining.ml.extremes import extremes  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.segments import segment_rows  # noqa: PLC0415

    kinds = {kind: [segment_of(row, kind) for row in taken.rows] for kind in SEGMENTS}
    most_wrong = {
        side: [found | {"row": taken.rows[found["row"]].number, "id": taken.rows[found["row"]].id} for found in rows]
        for side, rows in extremes(taken.examples, best).items()
    }
    return {
        "segments": segment_rows(kinds, taken.examples, best, draws=draws, seed=seed),
        "extremes": most_wrong,
    }


def beside_truth(rows: Sequence[Row], tested: np.ndarray, result: "Evaluated", **options: Any) -> dict[str, Any] | None:
    """None where the tested rows do not tell their true probability, as only simulated conversations do."""
    from mltraining.ml.evaluate import GENERIC, TUNED  # noqa: PLC0415  # heavy packages only inside functions
    from mltraining.ml.known_truth import known_truth  # noqa: PLC0415

    best, true = (np.array([chance_of(row, name) for row in rows]) for name in ("best_probability", "true_probability"))
    if not np.isfinite(best + true)[tested].all():
        return None
    return known_truth({name: result.scores[name] for name in (GENERIC, TUNED)}, best, true, **options)


def chance_of(row: Row, name: str) -> float:
    value = row.extra.get(name)
    return float(value) if isinstance(value, float | int) and 0 <= value <= 1 else math.nan


def segment_of(row: Row, kind: str) -> str:
    """What the row says of its rep, segment or language; empty where it does not."""
    named = row.metadata.get(kind) or row.extra.get(kind)
    return named if isinstance(named, str) else ""


def cause_turns(row: Row) -> frozenset[int]:
    """`extra.cause_turns` maps each cause to the turns that voice it; empty where there is none of that shape."""
    named = row.extra.get("cause_turns")
    lists = named.values() if isinstance(named, dict) else ()
    return frozenset(turn for some in lists if isinstance(some, list) for turn in some if type(turn) is int)


def subsets(rows: Sequence[Row], tested: np.ndarray) -> dict[str, np.ndarray]:
    """Each boolean of `extra` that is true for part of the test rows, as a mask over all rows."""
    found = {}
    for name in dict.fromkeys(name for row in rows for name, value in row.extra.items() if isinstance(value, bool)):
        chosen = np.array([row.extra.get(name) is True for row in rows])
        if 0 < (chosen & tested).sum() < tested.sum():
            found[name] = chosen
    return found
