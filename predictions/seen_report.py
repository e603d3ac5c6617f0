"""The report of a version as one person may see it: without calls and reps that are not theirs to look at."""

from typing import Any

from calls.models import Call, User
from mltraining.models import ModelVersion


def report_for(user: User, version: ModelVersion) -> dict[str, Any]:
    """Parts that the report lacks stay away; `hidden` counts what was taken out of the others."""
    report = dict(version.report)
    if "segments" in report:
        report["segments"] = segments_for(user, report["segments"])
        report["hidden_segments"] = len(version.report["segments"]) - len(report["segments"])
    if "extremes" in report:
        report["extremes"] = extremes_for(user, report["extremes"])
    return report


def segments_for(user: User, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A rep's row names the rep by one of their calls, and gets a `name` here."""
    asked = [row["value"] for row in rows if row["kind"] == "rep" and row["value"]]
    counted = Call.objects.counted_for(user)
    reps = {str(call.pk): rep_in_words(call) for call in counted.filter(pk__in=asked).select_related("rep")}
    shown = []
    for row in rows:
        if row["kind"] != "rep" or not row["value"]:
            shown.append(row)
        elif row["value"] in reps:
            shown.append({**row, "name": reps[row["value"]]})
    return shown


def rep_in_words(call: Call) -> str:
    return call.rep_name if call.rep is None else call.rep.get_full_name() or call.rep.username


def extremes_for(user: User, sides: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    asked = [row["call"] for rows in sides.values() for row in rows]
    seen = set(Call.objects.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True))
    shown: dict[str, Any] = {side: [row for row in rows if row["call"] in seen] for side, rows in sides.items()}
    return shown | {"hidden": len(asked) - sum(len(rows) for rows in shown.values())}
