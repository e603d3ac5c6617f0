"""Read-only fields of a call in the admin: its score, reasons, insights, transcript, evidence and history."""

from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from calls.models import Call, Label, User
from predictions.models import Insight, Prediction

NONE = mark_safe("–")
SHOWN_REASONS = 10
PARTS = ("needs", "objections", "buying_signals", "next_steps", "risks")


def newest_prediction(call: Call) -> Prediction | None:
    return call.predictions.filter(is_partial=False).select_related("version").newest_first().first()


@admin.display(description="Score")
def score_line(_: Any, call: Call) -> str:
    prediction = newest_prediction(call)
    if prediction is None:
        return "not scored yet"
    if prediction.probability is None:
        return f"no probability: {prediction.reason.replace('_', ' ')} ({prediction.version})"
    return f"{prediction.probability:.0%}, band {prediction.band}, {prediction.version}"


@admin.display(description="Reasons")
def reasons(_: Any, call: Call) -> SafeString:
    prediction = newest_prediction(call)
    if prediction is None or not prediction.reasons:
        return NONE
    return format_html_join(
        "",
        "<div>{} {}</div>",
        ((f"{reason['contribution']:+.2f}", told(reason)) for reason in prediction.reasons[:SHOWN_REASONS]),
    )


def told(reason: dict[str, Any]) -> str:
    if reason["kind"] == "turn":
        return f"turn {reason['turn'] + 1}: “{reason['text']}”"
    return f"{reason['name']}: {reason['value']}"


@admin.display(description="Insights")
def insights(_: Any, call: Call) -> SafeString:
    insight = Insight.objects.filter(call=call).first()
    if insight is None:
        return NONE
    summary = format_html("<p>{}</p>", insight.content.get("summary", ""))
    items = ((part, item) for part in PARTS for item in insight.content.get(part) or [])
    return summary + format_html_join(
        "", "<div><b>{}</b> {}</div>", ((part.replace("_", " "), spoken(item)) for part, item in items)
    )


def spoken(item: dict[str, Any]) -> str:
    quotes = " ".join(f"“{quote['quote']}” (turn {quote['turn'] + 1})" for quote in item.get("quotes", []))
    return f"{item.get('text') or item.get('what', '')} {quotes}".strip()


@admin.display(description="Transcript")
def transcript(_: Any, call: Call) -> SafeString:
    rows = ((turn.index + 1, turn.speaker, turn.text) for turn in call.turns.all())
    return format_html_join("", "<p><small>{}</small> <b>{}</b> {}</p>", rows) or NONE


@admin.display(description="Evidence")
def evidence(_: Any, call: Call) -> SafeString:
    rows = Label.objects.for_call(call)
    return (
        format_html_join(
            "",
            "<div>{} {} by {} {} (known {}) {}</div>",
            (
                (minute(row.created_at), row.outcome, row.source, row.origin, row.known_at.date(), row.note)
                for row in rows
            ),
        )
        or NONE
    )


@admin.display(description="Who changed what")
def history(_: Any, call: Call) -> SafeString:
    """The trigger's events of this call, newest first, with the person whose request caused each."""
    events = apps.get_model("calls", "CallEvent").objects.filter(pgh_obj=call)
    newest = events.select_related("pgh_context").order_by("-pgh_id")[:50]
    return format_html_join(
        "",
        "<div>{} {}: outcome {}, label {}</div>",
        ((minute(event.pgh_created_at), who(event), event.outcome or "–", event.label_state) for event in newest),
    )


def minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def who(event: Any) -> str:
    pk = (event.pgh_context.metadata if event.pgh_context else {}).get("user")
    person = User.objects.filter(pk=pk).first() if pk else None
    return person.username if person else "the system"
