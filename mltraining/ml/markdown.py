"""An evaluation as Markdown, for people and terminals."""

from collections.abc import Mapping
from typing import Any

from mltraining.ml import faithfulness
from mltraining.ml.markdown_tables import number, plain, section, table
from mltraining.ml.report_sections import (
    Records,
    Terms,
    extremes,
    judged,
    leaks,
    measured,
    segments,
    training,
    used,
)
from mltraining.ml.segments import FEWEST

TERMS = Terms()


def markdown(report: Mapping[str, Any]) -> str:
    """The evaluation of a data set for people."""
    lines = [
        f"# {plain(report['data'])}, {report['protocol']}, {report['view']}",
        "",
        f"{report['n']} test rows. " + " ".join(plain(note) for note in report["notes"]),
        *used(report),
        *measured(report["rows"], TERMS),
        *shifted(report["recalibrated"]),
        *judged(report, TERMS),
        *segments(report["segments"], TERMS),
        *(["", f"A segment of fewer than {FEWEST} rows is too small for numbers."] if report["segments"] else []),
        *extremes(report["extremes"], {"line": "row", "id": "id"}, TERMS),
        *training(report["training_curve"]),
    ]
    if report.get("faithfulness"):
        lines += ["", *faithfulness.in_markdown(report["faithfulness"])]
    if report.get("known_truth"):
        lines += beside_truth(report["known_truth"])
    for name, rows in report["subsets"].items():
        lines += ["", f"## Only {plain(name)} ({rows[0]['n']} rows)", "", table(rows)]
    return "\n".join([*lines, *leaks(report["guards"])]) + "\n"


def shifted(rows: Records | None) -> list[str]:
    return ["", "## Recalibrated, as time went on, on the newest outcomes", "", table(rows)] if rows else []


def beside_truth(found: Mapping[str, Any]) -> list[str]:
    lines = ["", "## Beside what is true", "", table([found["row"]])]
    for name, points in found["bins"].items():
        cells = [(number(point["mean_predicted"]), number(point["mean_true"]), str(point["count"])) for point in points]
        lines += section(f"True probabilities ({name})", ("mean predicted", "mean true", "rows"), cells)
        lines += ["", f"The largest difference of a bin is {number(found['largest_gap'][name])}."]
    return lines
