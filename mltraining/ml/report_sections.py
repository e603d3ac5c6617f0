"""The parts of a report as sections in Markdown, of an evaluation on a file and of a model version alike.

A part, a row's number or a column that the report lacks is left out: it may have been made before there was one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mltraining.ml.markdown_tables import TITLES, aligned, interval, number, plain, section, table

RULES = {"f1": "best F1", "cost": "least cost"}
CELLS = ("tp", "fp", "fn", "tn")  # as decisions.py counts them, which loads what no page needs
STOPS = 8  # steps of a training curve that are told

Records = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Terms:
    """What a report calls the row that it is about, what it was tested on, and how that may end."""

    model: str = "fine_tuned"
    rows: str = "rows"
    positive: str = "outcome 1"
    negative: str = "outcome 0"


def used(report: Mapping[str, Any]) -> list[str]:
    """Minutes, memory and device, as far as they are known."""
    said = [f"{report['minutes']:.1f} minutes"] if report.get("minutes") is not None else []
    if report.get("peak_memory_mb") is not None:
        said.append(f"at most {report['peak_memory_mb']:,} MB of memory")
    if report.get("peak_gpu_memory_mb") is not None:
        said.append(f"at most {report['peak_gpu_memory_mb']:,} MB of {plain(report.get('device_name') or 'the GPU')}")
    if report.get("device"):
        said.append(f"device {plain(report['device'])}")
    return ["", f"Took {', '.join(said)}."] if said else []


def measured(rows: Records, terms: Terms) -> list[str]:
    """Every row of metrics, and how they are to be read."""
    said = (
        "AUC and AP are means over folds, where there are some; the interval is a bootstrap of whole groups; Brier, "
        f"log-loss and ECE (15 bins of equal mass) are over all test {terms.rows}. The noise is the ECE that 95 % of "
        "perfectly calibrated models of this size stay under."
    )
    return ["", table(rows), "", said] if rows else []


def judged(report: Mapping[str, Any], terms: Terms) -> list[str]:
    """How good the row is that a report is about: what every report tells alike."""
    return [
        *differences(report.get("paired") or [], terms),
        *along(report.get("by_share") or [], report.get("by_words") or [], terms),
        *reliability(report.get("reliability") or [], terms),
        *thresholds(report.get("thresholds") or {}, terms),
        *confusion(report.get("confusion") or {}, terms),
    ]


def differences(rows: Records, terms: Terms) -> list[str]:
    cells = []
    for row in rows:
        metric = str(row.get("metric", "auc"))
        gap = (number(row.get("difference"), "+.4f"), interval(row, "+.4f"), number(row.get("n"), ",d"))
        cells.append((str(row.get("against", "")), TITLES.get(metric, metric), *gap))
    head = ("against", "metric", "difference", "95 %", terms.rows)
    found = section(f"{terms.model} less each other row, paired", head, cells)
    note = "AUC: better above 0; Brier and log-loss: better below. Where the interval holds 0, it could be chance."
    return [*found, "", note] if found else []


def along(by_share: Records, by_words: Records, terms: Terms) -> list[str]:
    """The quality after a part of the conversation."""
    found = [*(["", table(by_share, "share")] if by_share else []), *while_running(by_words)]
    return ["", f"## Along the conversation ({terms.model})", *found] if found else []


def while_running(rows: Records) -> list[str]:
    names = {
        "words": ("words heard", ",d"),
        "n": ("calls that went on", ",d"),
        "auc": ("AUC", ".3f"),
        "brier": ("Brier", ".3f"),
        "base_rate_brier": ("Brier of their base rate", ".3f"),
        "ece": ("ECE", ".3f"),
        "ece_noise": ("noise", ".3f"),
    }
    cells = [[number(row.get(name), form) for name, (_, form) in names.items()] for row in rows]
    return ["", *aligned([title for title, _ in names.values()], cells)] if cells else []


def reliability(points: Records, terms: Terms) -> list[str]:
    cells = [
        (number(point["mean_predicted"]), number(point["observed"]), interval(point), number(point.get("count"), ",d"))
        for point in points
    ]
    head = ("mean predicted", "observed", "95 %", terms.rows)
    return section(f"Reliability ({terms.model}, bins of equal mass)", head, cells)


def thresholds(found: Mapping[str, Any], terms: Terms) -> list[str]:
    if not found:
        return []
    cells = [
        (
            RULES.get(row["rule"], row["rule"]) + (", in use" if row.get("in_use") else ""),
            row.get("chosen_on", "–"),
            number(row.get("threshold")),
            over_folds(row),
            *(number(row.get(name)) for name in ("precision", "recall", "f1")),
            number(row.get("flagged"), ",d"),
            amount(row.get("cost")),
        )
        for row in found["rows"]
    ]
    head = ("rule", "chosen on", "threshold", "of folds", "precision", "recall", "F1", "flagged", "cost")
    names = ("cost_false_positive", "cost_false_negative", "cost_of_all", "cost_of_none")
    alarm, miss, every, none = (amount(found[name]) for name in names)
    costs = (
        f"Measured on the {found['n']:,} test {terms.rows}. A false alarm costs {alarm}, a miss {miss}; flagging all "
        f"would cost {every}, flagging none {none}. Where there are folds, the threshold is the mean of theirs."
    )
    return [*section(f"Thresholds ({terms.model}, for {terms.positive})", head, cells), "", costs]


def amount(cost: float | None) -> str:
    return number(cost, ",.1f").removesuffix(".0")


def over_folds(row: Mapping[str, Any]) -> str:
    """From the lowest to the highest threshold; a dash where all folds have the same."""
    low, high = row.get("threshold_low"), row.get("threshold_high")
    return "–" if low == high else interval(row, low="threshold_low", high="threshold_high")


def confusion(counts: Mapping[str, Any], terms: Terms) -> list[str]:
    if any(counts.get(name) is None for name in CELLS):
        return []
    hits, alarms, missed, rest = (counts[name] for name in CELLS)
    cells = [("flagged", f"{hits:,}", f"{alarms:,}"), ("not flagged", f"{missed:,}", f"{rest:,}")]
    shares = [share(hits, hits + alarms), share(hits, hits + missed)]
    said = f"Threshold {number(counts.get('threshold'))}, precision {number(shares[0])}, recall {number(shares[1])}."
    head = ("", terms.positive, terms.negative)
    return [*section("Hits and misses at the threshold in use", head, cells), "", said]


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def segments(rows: Records, terms: Terms) -> list[str]:
    cells = []
    for row in rows:
        name = (row["kind"] + (" in words" if row["kind"] == "length" else ""), row["value"] or "not known")
        counts = (f"{row['n']:,}", f"{row['won']:,}")
        numbers = [number(row.get(key)) for key in ("mean_predicted", "observed", "auc")]
        numbers += [interval(row, low="auc_low", high="auc_high")]
        numbers += [number(row.get(key)) for key in ("brier", "ece", "ece_noise")]
        cells.append((*name, *counts, *(["too small"] + [""] * 6 if row["too_small"] else numbers)))
    head = ("", "segment", "n", terms.positive, "predicted", "observed", "AUC", "95 %", "Brier", "ECE", "(noise)")
    found = section(f"Segments ({terms.model})", head, cells)
    return [*found, "", f"The AUC is over all {terms.rows} of a segment together."] if found else []


def extremes(sides: Mapping[str, Any], named: Mapping[str, str], terms: Terms) -> list[str]:
    """`named`: what names a row, by its title."""
    lines = []
    for side, title in (
        ("over", f"{terms.negative}, scored highest"),
        ("under", f"{terms.positive}, scored lowest"),
    ):
        cells = [
            (
                *(str(row[key]) for key in named.values()),
                number(row["probability"]),
                *(number(row.get(key), ",d") for key in ("turns", "words")),
            )
            for row in sides.get(side) or []
        ]
        lines += section(title.capitalize(), (*named, "probability", "turns", "words"), cells)
    return lines


def training(curves: Sequence[Records]) -> list[str]:
    """Some steps of each fold's curve, the first and the last among them."""
    cells = []
    for fold, curve in enumerate(curves, start=1):
        stops = {round((len(curve) - 1) * stop / (STOPS - 1)) for stop in range(STOPS)} if curve else set()
        for stop in sorted(stops):
            validation = number(last_validation(curve[: stop + 1]))
            cells.append((str(fold), str(curve[stop]["step"]), number(curve[stop]["loss"]), validation))
    head = ("fold", "step", "loss", "validation loss")
    first = 0 if len(curves) > 1 else 1  # of one curve nobody asks which
    return section("Training curve", head[first:], [line[first:] for line in cells])


def last_validation(curve: Records) -> float | None:
    return next((step["validation_loss"] for step in reversed(curve) if "validation_loss" in step), None)


def leaks(guards: Records | None) -> list[str]:
    """None: it was made before there were any checks."""
    if guards is None:
        return []
    return ["", "## Checks for leaks", "", *([f"* {plain(found['text'])}" for found in guards] or ["Nothing fired."])]
