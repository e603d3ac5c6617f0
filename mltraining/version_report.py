"""The report of a version as a file to take away: Markdown for people, JSON for programs.

`report` is what its reader may see of the version's own; whatever that lacks is left out.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.utils import timezone

from calls.language import in_english
from mltraining.flags import flags
from mltraining.ml.markdown_tables import plain, section
from mltraining.ml.report_sections import (
    Terms,
    extremes,
    judged,
    leaks,
    measured,
    segments,
    training,
    used,
)
from mltraining.models import ModelVersion

Report = Mapping[str, Any]

TUNED = "fine_tuned"  # the row that is meant where a report names none
TESTED = {"newest": "the newest ones"}  # how, where a report's own word for it says too little


def in_json(version: ModelVersion, report: Report) -> str:
    """Facts of the version by the names that the API has for them, and the report as it is kept."""
    facts = {
        "id": version.pk,
        "state": version.state,
        "verdict": version.verdict,
        "verdict_reasons": version.verdict_reasons,
        "encoder": version.encoder,
        "training_run": version.run_id,
        "format_version": version.format_version,
        "created_at": version.created_at.isoformat(),
        "promoted_at": version.promoted_at and version.promoted_at.isoformat(),
        "flags": [asdict(flag) for flag in flags(version)],
        "config": version.run.config,
    }
    return json.dumps(facts | {"report": report}, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def in_markdown(version: ModelVersion, report: Report) -> str:
    chosen = str(report.get("chosen") or TUNED)
    terms = Terms(chosen, "calls", "won", "lost")
    lines = [
        f"# Model version {version.pk}",
        *made(version, report),
        *used(report),
        *verdict(version, report),
        *learned_from(version, report),
        *beside_baselines(report, terms),
        *judged(report, terms),
        *seen_segments(report, terms),
        *seen_extremes(report, terms),
        *learning(report, chosen),
        *leaks(report.get("guards")),
        *doubted(report.get("label_noise")),
        *section("Configuration", ("field", "value"), sorted(version.run.config.items())),
    ]
    return "\n".join(lines) + "\n"


def made(version: ModelVersion, report: Report) -> list[str]:
    registered = f"; registered is the row {plain(report['chosen'])}" if report.get("chosen") else ""
    promoted = f"promoted {moment(version.promoted_at)}" if version.promoted_at else "never promoted"
    return [
        "",
        f"Made {moment(version.created_at)} by training run {version.run_id}.",
        "",
        f"Encoder {plain(version.encoder)}{registered}.",
        "",
        f"When this file was written, {moment(timezone.now())}: {version.state}, {promoted}.",
    ]


def moment(when: datetime) -> str:
    return f"{timezone.localtime(when):%Y-%m-%d %H:%M %Z}"


def verdict(version: ModelVersion, report: Report) -> list[str]:
    """With its reasons, whatever somebody must act on, and the notes of the training."""
    lines = ["", f"## Verdict: {version.get_verdict_display()}", ""]
    lines += [
        f"* {'Passed' if reason['passed'] else 'Not passed'}: {plain(reason['text'])}"
        for reason in version.verdict_reasons
    ] or ["No reasons were recorded."]
    for flag in flags(version):
        lines += ["", f"{plain(flag.message)} {plain(flag.hint)}"]
    return lines + listed("Notes", report.get("notes") or [])


def listed(title: str, texts: Iterable[str]) -> list[str]:
    lines = [f"* {plain(text)}" for text in texts]
    return ["", f"## {title}", "", *lines] if lines else []


def learned_from(version: ModelVersion, report: Report) -> list[str]:
    counts = report.get("counts") or version.run.counts
    won, lost = counts.get("won") or 0, counts.get("lost") or 0
    if not won + lost:
        return []
    said = f"Learned from {won:,} won and {lost:,} lost calls"
    if counts.get("customers"):
        said += f" of {counts['customers']:,} customers"
    lines = ["", "## Calls", "", f"{said}. Base rate: {won / (won + lost):.1%}."]
    if counts.get("tested"):
        protocol = str(report.get("protocol") or "")
        how = f", {TESTED.get(protocol, plain(protocol))}" if protocol else ""
        lines += ["", f"Tested on {counts['tested']:,} calls{how}."]
    return lines


def beside_baselines(report: Report, terms: Terms) -> list[str]:
    rows = [
        {**row, "name": f"{row['name']}, registered"} if row.get("name") == terms.model else row
        for row in report.get("rows") or []
    ]
    return ["", "## Beside the baselines", *measured(rows, terms)] if rows else []


def seen_segments(report: Report, terms: Terms) -> list[str]:
    """Reps by their names: the report itself knows them by a call of theirs."""
    rows = [{**row, "value": in_words(row)} for row in report.get("segments") or []]
    hidden = report.get("hidden_segments") or 0
    said = f"{counted(hidden, 'rep')} more: their figures are for them, for who leads their team, and for admins."
    return with_hidden(segments(rows, terms), f"Segments ({terms.model})", said if hidden else "")


def in_words(row: Mapping[str, Any]) -> str:
    return in_english(row["value"]) if row["kind"] == "language" else str(row.get("name") or row["value"])


def seen_extremes(report: Report, terms: Terms) -> list[str]:
    sides = report.get("extremes") or {}
    hidden = sides.get("hidden") or 0
    said = f"{counted(hidden, 'call')} more that it was most wrong about: not for whoever asked for this file, or gone."
    return with_hidden(extremes(sides, {"call": "call"}, terms), "Scored most wrongly", said if hidden else "")


def with_hidden(lines: list[str], title: str, said: str) -> list[str]:
    """What is kept from the reader below what is not; `title` is for where that is nothing."""
    return [*(lines or ["", f"## {title}"]), "", said] if said else lines


def counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def learning(report: Report, chosen: str) -> list[str]:
    found = training([report.get("training_curve") or []])
    if found and chosen != TUNED:
        found += ["", "Fine-tuning did not win: this version reads with the encoder as it was."]
    return found


def doubted(found: Mapping[str, int] | None) -> list[str]:
    if not found:
        return []
    said = f"{found['suspects']:,} of {found['checked']:,} recorded outcomes are very unlikely to models that had not"
    return ["", "## Outcomes worth a second look", "", f"{said} learned from the call."]
