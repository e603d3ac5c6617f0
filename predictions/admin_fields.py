"""Read-only fields of a call in the admin: its score, reasons, insights, transcript, evidence and history."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db.models import QuerySet
from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from calls.models import Call, Label, User
from predictions.models import Insight, Prediction

NONE = SafeString("–")
SHOWN_REASONS = 10
SHOWN_EVENTS = 50
PARTS = ("needs", "objections", "buying_signals", "competitors", "next_steps", "risks", "coaching")


@admin.display(description="Score")
def score_line(_: Any, call: Call) -> str:
    prediction = Prediction.objects.shown_of(call).select_related("version").first()
    if prediction is None:
        return "not scored yet"
    if prediction.probability is None:
        return f"no probability: {prediction.reason.replace('_', ' ')} ({prediction.version})"
    return f"{prediction.probability:.0%}, band {prediction.band}, {prediction.version}"


@admin.display(description="Reasons")
def reasons(_: Any, call: Call) -> SafeString:
    prediction = Prediction.objects.shown_of(call).first()
    if prediction is None or not prediction.reasons:
        return NONE
    return format_html_join(
        "",
        "<div>{} {}</div>",
        ((f"{reason['contribution']:+.2f}", told(reason)) for reason in prediction.reasons[:SHOWN_REASONS]),
    )


def told(reason: dict[str, Any]) -> str:
    if reason["kind"] == "turn":
        return f"{reason['name']}, turn {reason['turn'] + 1}: “{reason['text']}”"
    return f"{reason['name']}: {reason['value']}"


@admin.display(description="Insights")
def insights(_: Any, call: Call) -> SafeString:
    insight = Insight.objects.filter(call=call).first()
    if insight is None:
        return NONE
    summary = format_html("<p>{}</p>", insight.content.get("summary", ""))
    items = ((part, item) for part in PARTS for item in insight.content.get(part) or [])
    rows = ((part.replace("_", " "), spoken(item)) for part, item in items)
    notice = format_html("<p><small>{}</small></p>", insight.content.get("notice", ""))
    return summary + format_html_join("", "<div><b>{}</b> {}</div>", rows) + notice


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
                (
                    minute(row.created_at),
                    row.word,
                    row.source,
                    row.origin,
                    localize(localtime(row.known_at).date()),
                    row.note,
                )
                for row in rows
            ),
        )
        or NONE
    )


@admin.display(description="Who changed what")
def history(_: Any, call: Call) -> SafeString:
    """The triggers' events of this call, newest first, with the person whose request caused each."""
    settled = apps.get_model("calls", "CallEvent").objects.filter(pgh_obj=call)
    shared = apps.get_model("calls", "ShareEvent").objects.filter(call=call)
    newest = [*newest_events(settled), *newest_events(shared)]
    newest.sort(key=lambda event: event.pgh_created_at, reverse=True)
    names = names_in(newest)
    rows = ((minute(event.pgh_created_at), names[cause(event)], change(event, names)) for event in newest)
    return format_html_join("", "<div>{} {}: {}</div>", rows)


def newest_events(events: QuerySet[Any]) -> QuerySet[Any]:
    return events.select_related("pgh_context").order_by("-pgh_id")[:SHOWN_EVENTS]


def names_in(events: Iterable[Any]) -> Mapping[int | None, str]:
    """Of everybody whom the events name; people who are gone have none any more."""
    keys = {key for event in events for key in (cause(event), getattr(event, "user_id", None)) if key}
    names: dict[int | None, str] = dict.fromkeys(keys, "somebody who is gone")
    return names | dict(User.objects.filter(pk__in=keys).values_list("pk", "username")) | {None: "the system"}


def cause(event: Any) -> int | None:
    return event.pgh_context.metadata.get("user") if event.pgh_context else None


def change(event: Any, names: Mapping[int | None, str]) -> str:
    if hasattr(event, "label_state"):
        return f"outcome {event.outcome or '–'}, label {event.label_state}"
    return f"{event.pgh_label} with {names[event.user_id]}"


def minute(moment: datetime) -> str:
    return str(localize(localtime(moment)))


def day(moment: datetime) -> str:
    return str(localize(localtime(moment).date()))
