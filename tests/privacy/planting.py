"""A customer of whom a word stands in every table, file and cache that can hold one."""

import json
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.db.models import BinaryField, Model
from django.utils import timezone
from pghistory.core import event_models
from redis import Redis

from calls import drafting, spool
from calls.delivery import Delivery
from calls.held import ways
from calls.history import words_of
from calls.models import Batch, BatchRow, Call, Comment, Customer, KeyedRequest, Label, Notice, User
from mltraining.models import LabelSuspect
from predictions.models import (
    Guess,
    Insight,
    InsightAttempt,
    InsightJob,
    LiveCall,
    OutboxEvent,
    Preview,
    PreviewedScore,
    SavedView,
    Scorecard,
    ScoringAttempt,
    WebhookAttempt,
    WebhookDelivery,
)
from predictions.predict import payload_key
from tests import factories
from tests.browser import rows
from tests.predictions import watching

MARK = "zwiebelfisch"

# Tables in which words can stand, but none of a customer, and why.
OF_PEOPLE = "who works here, and what they were given"
OF_SETTINGS = "what an admin set"
OF_MODELS = "what a model is and how good it is; calls are named by their numbers"
HOLDS_NOBODY = {
    "pghistory.Context": "who did it, at which address",
    "calls.Team": OF_PEOPLE,
    "calls.TeamEvent": OF_PEOPLE,
    "calls.User": OF_PEOPLE,
    "calls.UserEvent": OF_PEOPLE,
    "calls.Token": OF_PEOPLE,
    "calls.TokenEvent": OF_PEOPLE,
    "calls.Batch": "who sent how many lines; the lines themselves are in the spool",
    "calls.BatchRow": "what was wrong with a line, in the names of its fields",
    "calls.Erasure": "names until it is done; a constraint of its own sees to it",
    "calls.FieldMapping": OF_SETTINGS,
    "calls.FieldMappingEvent": OF_SETTINGS,
    "mltraining.TrainingRun": OF_MODELS,
    "mltraining.RunLogLine": OF_MODELS,
    "mltraining.ModelVersion": OF_MODELS,
    "mltraining.Promotion": OF_MODELS,
    "mltraining.PromotionEvent": OF_MODELS,
    "predictions.ModelUse": "what was asked of which language model, in numbers",
    "predictions.Preview": OF_MODELS,
    "predictions.MetricPoint": OF_MODELS,
    "predictions.Alert": OF_MODELS,
    "predictions.Band": OF_SETTINGS,
    "predictions.BandEvent": OF_SETTINGS,
    "predictions.Tracker": OF_SETTINGS,
    "predictions.TrackerEvent": OF_SETTINGS,
    "predictions.ScorecardTemplate": OF_SETTINGS,
    "predictions.ScorecardTemplateEvent": OF_SETTINGS,
    "predictions.Question": OF_SETTINGS,
    "predictions.QuestionEvent": OF_SETTINGS,
    "predictions.Webhook": OF_SETTINGS,
    "predictions.WebhookEvent": OF_SETTINGS,
}
OF_OTHERS = {  # apps that are not ours
    "auth": "names of the code; groups are not made",
    "contenttypes": "names of the code",
    "sessions": "who is signed in, and numbers of calls",
    **dict.fromkeys(("axes", "account", "socialaccount", "mfa", "usersessions"), "how people sign in"),
}
BESIDE = (
    "predictions.SavedView",
    "calls.KeyedRequest",
    "calls.DraftCall",
    "admin.LogEntry",
    "calls.AdminActEvent",
)  # tell of customers without pointing at them


def may_tell() -> set[str]:
    """Labels of the tables that have a column for words or for anything encrypted."""
    return {table._meta.label for table in apps.get_models(include_auto_created=True) if holds_words(table)}


def holds_words(table: type[Model]) -> bool:
    is_own = not table._meta.proxy and table._meta.app_label not in OF_OTHERS
    return is_own and (any(words_of(table)) or any(isinstance(each, BinaryField) for each in table._meta.fields))


def leading_here() -> dict[str, Any]:
    """By their labels the tables whose rows go with a customer, and those of their recorded changes."""
    tables = set(ways(Customer))
    recorded = {each for each in event_models() if each.pgh_tracked_model._meta.concrete_model in tables}
    return {table._meta.label: table for table in (*tables, *recorded) if any(words_of(table))}


def customer(rep: User) -> Customer:
    """With a row in each table, and the word in every column that can hold it."""
    made = factories.customer(name="Halden")
    call = factories.call(rep=rep, team=rep.team, customer=made, state="scored", outcome="won", deal="D-1")
    factories.label(None, deal="D-1")
    talked_of(call, rep)
    scored(call, rep)
    Call.objects.filter(pk=call.pk).update(outcome="lost")
    for label, table in leading_here().items():
        assert table._base_manager.exists(), f"{label}: plant a row in it, here"
        plant(table)
    made.refresh_from_db()
    beside(made, rep)
    return made


def talked_of(call: Call, rep: User) -> None:
    comment = Comment.objects.create(turn=call.turns.get(index=1), author=rep, text="What?")
    Notice.objects.create(person=rep, comment=comment, why=Notice.Why.OWN_CALL)
    BatchRow.objects.create(
        batch=Batch.objects.create(by=rep, total=1, state="done"), number=1, state="taken", call=call
    )
    call.shared_with.add(factories.user("tom", team=rep.team))
    template = rows.scorecard_template()
    scorecard = Scorecard.objects.create(template=template, call=call, author=rep)
    scorecard.answers.create(question=template.questions.first())
    live = LiveCall.objects.create(customer=call.customer, customer_fields={}, started_at=timezone.now(), rep=rep)
    live.turns.create(sequence=0, speaker="Tom", role="customer", text="What?")
    live.events.create(sequence=1, kind="tracker_hit", content={})


def scored(call: Call, rep: User) -> None:
    version = watching.version(call_ids=[call.pk])
    score = watching.prediction(call, 0.8, version=version)
    candidate = watching.version("candidate")
    preview = Preview.objects.create(version=candidate, against=version, state="done", made_at=timezone.now())
    PreviewedScore.objects.create(preview=preview, before=score, probability=0.3)
    LabelSuspect.objects.create(version=version, call=call, outcome="won", probability=0.2, quality=0.1)
    Guess.objects.create(call=call, person=rep, probability=0.5, prediction=score)
    ScoringAttempt.objects.create(call=call, version=version)
    InsightAttempt.objects.create(call=call, work="insight")
    for window in (None, 1):
        watching.embedding(call, rows.VECTOR, version=version, window=window)
    Insight.objects.create(call=call, kind="sales_analysis", latency_ms=1, content={})
    InsightJob.objects.create(by=rep, kind="ask", question="What?", call=call).calls.add(call)
    rows.at_risk(call)
    event = OutboxEvent.objects.create(type="call.scored", key="1", call=call, prediction=score, data={})
    delivery = WebhookDelivery.objects.create(event=event, webhook=watching.webhook(rep))
    WebhookAttempt.objects.create(delivery=delivery, number=1)


def plant(table: Any) -> None:
    """Into all rows, past the triggers that keep some from being changed."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        for field in words_of(table):
            if holds(field) and not (table is Label and field.name == "deal"):
                value = "%s::jsonb" if field.get_internal_type() == "JSONField" else "%s || id"
                value = value if "id" in {each.column for each in table._meta.fields} else value.replace("id", "pgh_id")
                word = json.dumps({MARK: MARK}) if "jsonb" in value else MARK
                cursor.execute(f'update {table._meta.db_table} set "{field.column}" = {value}', [word])
        if table is Label:
            cursor.execute(f"update {table._meta.db_table} set deal = %s where call_id is null", [f"{MARK}-deal"])
        if table is Call:
            cursor.execute(f"update {table._meta.db_table} set deal = %s", [f"{MARK}-deal"])
        cursor.execute("set local session_replication_role = origin")


def holds(field: Any) -> bool:
    is_long = field.max_length is None or field.max_length > len(MARK) + 6
    return is_long and field.name != "spool_name"


def labels_planted() -> set[str]:
    """Labels of the tables that a word fits into."""
    return {label for label, table in leading_here().items() if any(map(holds, words_of(table)))}


def planted() -> set[str]:
    return {table._meta.db_table for label, table in leading_here().items() if label in labels_planted()}


def beside(made: Customer, rep: User) -> None:
    """In what does not point at the customer: typed by people, kept for programs, waiting as a file, cached."""
    SavedView.objects.create(owner=rep, name="mine", query=f"q={made.name}")
    said = Delivery(transcript=f"Rep: Hello.\nCustomer: {MARK}.", customer={"external_id": made.external_id})
    drafting.begin([said], by=rep)
    kind = ContentType.objects.get_for_model(Customer)
    LogEntry.objects.create(
        user=rep, content_type=kind, object_id=str(made.pk), object_repr=str(made), action_flag=CHANGE
    )
    lease = {"user": rep, "lease_until": timezone.now(), "fingerprint": "0" * 64}
    for key in ("a", made.external_id):
        KeyedRequest.objects.create(key=key, **lease).keep(200, json.dumps({"said": made.external_id}).encode())
    Call.objects.update(spool_name=spool.put(f"Tom: {made.name}".encode()))
    spool.put(f"external_id,name\n{made.external_id},{made.name}\n".encode())
    cache.set("query-text:1-a", made.name, 60)
    cache.set("query-vector:1-b", [0.5], 60)
    cache.set(payload_key("1-a"), json.dumps({"turns": [["rep", MARK]], "customer": made.pk, "started_at": ""}), 60)
    cache.set("predict-answer:1-b", json.dumps({"insights": made.name}), 60)


def traces() -> Iterator[str]:
    """Where the word still is: in any table that the database has, in any file, and in any key of Redis."""
    forms = [f"%{MARK}%", f"%{MARK.encode().hex()}%"]  # as text, and as bytes are shown
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'select count(*) from "{table}" t where t::text ilike any(%s)', [forms])
            if cursor.fetchone()[0]:
                yield table
    yield from (f"answer {asked.key}" for asked in KeyedRequest.objects.exclude(answer=b"") if MARK in asked.told)
    yield from (f"file {name}" for name in spool.waiting() if MARK in spool.text_of(name))
    yield from (f"redis {key}" for key in cached())


def cached() -> Iterator[str]:
    with Redis.from_url(settings.CACHE_URL) as redis:
        for key in redis.scan_iter():
            if MARK.encode() in key + redis.dump(key):
                yield key.decode()
