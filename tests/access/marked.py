"""Everything that people or programs wrote is markup: in names, transcripts, metadata and reasons."""

from collections.abc import Iterator

from django.apps import apps
from django.db import DatabaseError, models, transaction
from django.utils.html import escape

from calls.models import Call, Customer
from predictions.models import Insight, Tracker
from tests.predictions import watching

MARK = '<i>it</i><script>alert("&")</script>'
ESCAPED = escape(MARK)
APPS = ("calls", "mltraining", "predictions")
# What is looked up or called by its value: no text that is shown.
KEPT = {"password", "email", "artefact", "checksum", "spool_name", "url", "message_id", "type", "key", "format"}
REASONS = [
    {"kind": "turn", "name": MARK, "text": MARK, "value": MARK, "turn": 0, "contribution": 0.7},
    {"kind": "feature", "name": MARK, "text": MARK, "value": MARK, "turn": None, "contribution": -0.4},
]
POINT = {"text": MARK, "quotes": [{"turn": 0, "quote": MARK}]}


def mark_everything() -> None:
    """In the rows that are there."""
    for field in texts():
        for row in field.model._base_manager.all():
            mark(row, field)
    Customer.objects.update(metadata={MARK: MARK})
    Call.objects.update(
        customer_metadata={MARK: MARK}, warnings=[{"code": "x", "message": MARK, "count": 1, "line": 1}]
    )
    Tracker.objects.update(phrases=[MARK])
    Insight.objects.update(content={"summary": MARK, "needs": [POINT], "objections": [POINT], "next_steps": [POINT]})
    for call in Call.objects.all():
        watching.prediction(call, 0.6, band="A", reasons=REASONS)


def texts() -> Iterator[models.Field]:
    """Columns that hold free text long enough for the mark."""
    for model in (model for app in APPS for model in apps.get_app_config(app).get_models()):
        for field in model._meta.concrete_fields:
            is_text = isinstance(field, (models.CharField, models.TextField)) and not field.choices
            if is_text and field.name not in KEPT and (field.max_length or 1_000) >= len(MARK) + 10:
                yield field


def mark(row: models.Model, field: models.Field) -> None:
    """Unless the database keeps the row from being changed."""
    try:
        with transaction.atomic():
            said = f"{MARK}{row.pk}" if field.unique or field.name == "external_id" else MARK
            type(row)._base_manager.filter(pk=row.pk).update(**{field.name: said})
    except DatabaseError:
        pass
