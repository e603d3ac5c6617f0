"""An evaluation as Markdown, for people and terminals."""

from collections.abc import Mapping, Sequence
from typing import Any

from mltraining.ml import faithfulness
from mltraining.ml.segments import FEWEST

TITLES = {
    "name": "",
    "auc": "AUC",
    "auc_sd": "± folds",
    "interval": "95 %",
    "ap": "AP",
    "brier": "Brier",
    "log_loss": "log-loss",
    "ece": "ECE",
    "ece_noise": "(noise)",
    "f1": "F1",
    "accuracy": "accuracy",
    "seconds": "s",
}
RULES = {"f1": "best F1", "cost": "least cost"}
SIDES = {"over": "Outcome 0, scored highest", "under": "Outcome 1, scored lowest"}
STOPS = 8  # steps of a training curve that are told


def markdown(report: Mapping[str, Any]) -> str:
    """The evaluation of a data set for people."""
    lines = [
        f"# {report['data']}, {report['protocol']}, {report['view']}",
        "",
        f"{report['n']} test rows. " + " ".join(report["notes"]),
        "",
        *used(report),
        table(report["rows"]),
        "",
        "AUC and AP are means over folds, the interval is a bootstrap of whole groups; Brier, log-loss and ECE "
        "(15 bins of equal mass) are over all test rows. The noise is the ECE that 95 % of perfectly calibrated models "
        "of this size stay under.",
        *shifted(report["recalibrated"]),
        *differences(report["paired"]),
        "",
        "## Along the conversation (fine_tuned)",
        "",
        table(report["by_share"], "share"),
        *while_running(report["by_words"]),
        *reliability(report["reliability"]),
        *thresholds(report["thresholds"]),
        *confusion(report["confusion"]),
        *segments(report["segments"]),
        *extremes(report["extremes"]),
        *training(report["training_curve"]),
    ]
    if report.get("faithfulness"):
        lines += ["", *faithfulness.in_markdown(report["faithfulness"])]
    if report.get("known_truth"):
        lines += beside_truth(report["known_truth"])
    for name, rows in report["subsets"].items():
        lines += ["", f"## Only {name} ({rows[0]['n']} rows)", "", table(rows)]
    lines += ["", "## Checks for leaks", ""]
    lines += [f"* {finding['text']}" for finding in report["guards"]] or ["Nothing fired."]
    return "\n".join(lines) + "\n"


def while_running(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    if not rows:
        return []
    names = {
        "words": ("words heard", ",d"),
        "n": ("calls that went on", ",d"),
        "auc": ("AUC", ".3f"),
        "brier": ("Brier", ".3f"),
        "base_rate_brier": ("Brier of their base rate", ".3f"),
        "ece": ("ECE", ".3f"),
        "ece_noise": ("noise", ".3f"),
    }
    lines = [[number(row[name], form) for name, (_, form) in names.items()] for row in rows]
    return ["", *aligned([title for title, _ in names.values()], lines)]


def used(report: Mapping[str, Any]) -> list[str]:
    """Minutes, memory and device, as far as they are known."""
    said = [f"{report['minutes']:.1f} minutes"] if "minutes" in report else []
    if "peak_memory_mb" in report:
        said.append(f"at most {report['peak_memory_mb']:,} MB of memory")
    if "peak_gpu_memory_mb" in report:
        said.append(f"at most {report['peak_gpu_memory_mb']:,} MB of {report['device_name']}")
    if "device" in report:
        said.append(f"device {report['device']}")
    return [f"Took {', '.join(said)}.", ""] if said else []


def shifted(rows: Sequence[Mapping[str, Any]] | None) -> list[str]:
    return ["", "## Recalibrated, as time went on, on the newest outcomes", "", table(rows)] if rows else []


def differences(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = [
        (row["against"], TITLES[row["metric"]], number(row["difference"], "+.4f"), interval(row, "+.4f"))
        for row in rows
    ]
    return section("fine_tuned less each other row, paired", ("against", "metric", "difference", "95 %"), cells)


def reliability(points: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = [
        (number(point["mean_predicted"]), number(point["observed"]), interval(point), str(point["count"]))
        for point in points
    ]
    head = ("mean predicted", "observed", "95 %", "rows")
    return section("Reliability (fine_tuned, bins of equal mass)", head, cells)


def beside_truth(found: Mapping[str, Any]) -> list[str]:
    lines = ["", "## Beside what is true", "", table([found["row"]])]
    for name, points in found["bins"].items():
        cells = [(number(point["mean_predicted"]), number(point["mean_true"]), str(point["count"])) for point in points]
        lines += section(f"True probabilities ({name})", ("mean predicted", "mean true", "rows"), cells)
        lines += ["", f"The largest difference of a bin is {number(found['largest_gap'][name])}."]
    return lines


def thresholds(found: Mapping[str, Any]) -> list[str]:
    cells = [
        (
            RULES[row["rule"]] + (", in use" if row["in_use"] else ""),
            row["chosen_on"],
            number(row["threshold"]),
            *(number(row[name]) for name in ("precision", "recall", "f1")),
            f"{row['flagged']:,}",
            f"{row['cost']:,g}",
        )
        for row in found["rows"]
    ]
    head = ("rule", "chosen on", "threshold", "precision", "recall", "F1", "flagged", "cost")
    costs = (
        f"Measured on the {found['n']:,} test rows. A false alarm costs {found['cost_false_positive']:g}, a missed row "
        f"{found['cost_false_negative']:g}; flagging all would cost {found['cost_of_all']:,g}, flagging none "
        f"{found['cost_of_none']:,g}. Where there are folds, the threshold is the mean of theirs."
    )
    return [*section("Thresholds (fine_tuned, for outcome 1)", head, cells), "", costs]


def confusion(counts: Mapping[str, Any]) -> list[str]:
    cells = [
        ("flagged", str(counts["tp"]), str(counts["fp"])),
        ("not flagged", str(counts["fn"]), str(counts["tn"])),
    ]
    return section("Hits and misses at the threshold in use", ("", "outcome 1", "outcome 0"), cells)


def segments(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = []
    for row in rows:
        name = (row["kind"] + (" in words" if row["kind"] == "length" else ""), row["value"] or "not known")
        counts = (str(row["n"]), str(row["won"]))
        measured = [number(row[key]) for key in ("mean_predicted", "observed", "auc")]
        measured += [interval(row, low="auc_low", high="auc_high")]
        measured += [number(row[key]) for key in ("brier", "ece", "ece_noise")]
        cells.append((*name, *counts, *(["too small"] + [""] * 6 if row["too_small"] else measured)))
    head = ("", "segment", "n", "outcome 1", "predicted", "observed", "AUC", "95 %", "Brier", "ECE", "(noise)")
    note = f"The AUC is over all rows of a segment together. Under {FEWEST} rows it is too small for numbers."
    return [*section("Segments (fine_tuned)", head, cells), "", note]


def extremes(sides: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    lines = []
    for side, title in SIDES.items():
        cells = [
            (str(row["row"]), row["id"], number(row["probability"]), str(row["turns"]), str(row["words"]))
            for row in sides[side]
        ]
        lines += section(title, ("line", "id", "probability", "turns", "words"), cells)
    return lines


def training(curves: Sequence[Sequence[Mapping[str, float]]]) -> list[str]:
    """Some steps of each fold's curve, the first and the last among them."""
    cells = []
    for fold, curve in enumerate(curves, start=1):
        stops = {round((len(curve) - 1) * stop / (STOPS - 1)) for stop in range(STOPS)} if curve else set()
        for stop in sorted(stops):
            validation = number(last_validation(curve[: stop + 1]))
            cells.append((str(fold), str(curve[stop]["step"]), number(curve[stop]["loss"]), validation))
    return section("Training curve", ("fold", "step", "loss", "validation loss"), cells)


def last_validation(curve: Sequence[Mapping[str, float]]) -> float | None:
    return next((step["validation_loss"] for step in reversed(curve) if "validation_loss" in step), None)


def section(title: str, head: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    return ["", f"## {title}", "", *aligned(head, cells)] if cells else []


def aligned(head: Sequence[str], cells: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a Markdown table, also fit for a terminal."""
    rows = [head, *(tuple(text.replace("|", "\\|").replace("\n", " ") for text in line) for line in cells)]
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    lines = [
        "| " + " | ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)) + " |" for line in rows
    ]
    return [lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]]


def table(rows: Sequence[Mapping[str, Any]], first: str = "name") -> str:
    """Rows of metrics."""
    names = [first, *(name for name in TITLES if name != "name")]
    head = [TITLES.get(name, name) or "row" for name in names]
    return "\n".join(aligned(head, [[cell(row, name) for name in names] for row in rows]))


def cell(row: Mapping[str, Any], name: str) -> str:
    if name == "interval":
        return interval(row, low="auc_low", high="auc_high")
    value = row[name]
    if isinstance(value, str):
        return value
    return number(value, ".0%" if name == "share" else ".1f" if name == "seconds" else ".4f")


def number(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


def interval(row: Mapping[str, Any], form: str = ".3f", low: str = "low", high: str = "high") -> str:
    if row[low] is None:
        return "–"
    return f"{row[low]:{form}}{' to ' if form.startswith('+') else '–'}{row[high]:{form}}"
