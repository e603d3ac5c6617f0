"""Objects of the North team, one of each kind that an address can name, every one of which says a secret word."""

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.utils import timezone

from calls import drafting
from calls.delivery import Delivery
from calls.models import Batch, Call, Comment, Disclosure, Draft, Erasure, FieldMapping, Notice, Token, User
from mltraining.models import ModelVersion, Promotion
from predictions.live.arriving import append, open_call
from predictions.models import (
    Alert,
    Band,
    Guess,
    Insight,
    InsightAttempt,
    InsightJob,
    LiveCall,
    ModelUse,
    Preview,
    RiskRule,
    SavedView,
    ScoringAttempt,
    Tracker,
)
from predictions.predict import payload_key
from predictions.scorecards import filling
from tests import factories
from tests.browser import rows
from tests.predictions import watching

SECRET = "zwiebelfisch"  # in all that those elsewhere must not read
TURNS = (("rep", f"Good morning, is {SECRET} what you need?"), ("customer", f"Our budget for {SECRET} is agreed."))
KEY = "abcdefgh"


def names_in_addresses(cast: dict[str, User]) -> dict[str, dict[str, Any]]:
    """What stands for each kind of object in its address, as arguments of `reverse`."""
    rep, version = cast["rep"], watching.version()
    rows.bands()
    call = talked_over(rep, version)
    elsewhere = said_elsewhere(cast["rep_elsewhere"], version)
    cache.set(payload_key(f"{rep.pk}-{KEY}"), "{}", 600)
    attempts = {
        "attempt": ScoringAttempt.objects.create(call=call, version=version, attempts=3),
        "insight_attempt": InsightAttempt.objects.create(call=call, work="insight", attempts=3),
    }
    of = about(call) | about_models(version) | attempts | {"call_elsewhere": elsewhere, "rep": rep}
    of["delivery"] = watching.delivery(cast["integration"])
    of["webhook"] = of["delivery"].webhook
    return {name: {"pk": one.pk} for name, one in of.items()} | {
        "turn": {"pk": call.pk, "index": 1},
        "version_md": {"pk": of["version"].pk, "format": "md"},
        "version_json": {"pk": of["version"].pk, "format": "json"},
        "question": {"key": f"{rep.pk}-{KEY}"},
        "scorecards_csv": {"name": "scorecards", "format": "csv"},
        "audit_csv": {"name": "audit", "format": "csv"},
        "calls_table": {"name": "calls"},
        "audit_table": {"name": "audit"},
        "app": {"app_label": "calls"},
        "rep_id": {"id": rep.pk},
        "provider": {"provider_id": "company"},
        "key": {"pk": 1},
        "on_site": {"content_type_id": ContentType.objects.get_for_model(Call).pk, "object_id": call.pk},
    }


def about(call: Call) -> dict[str, Any]:
    """What belongs to the call or its rep."""
    rep = call.rep
    comment = Comment.objects.create(turn=call.turns.get(index=1), author=rep, text=f"What is {SECRET}?")
    rows.at_risk(call)
    template = rows.scorecard_template()
    template.team = call.team
    template.save()
    Token.issue(rep, "a test", scopes=["calls.view_call"])
    draft = drafted(rep)
    return {
        "call": call,
        "customer": call.customer,
        "comment": comment,
        "draft": draft,
        "draft_call": draft.calls.first(),
        "notice": Notice.objects.create(person=rep, comment=comment, why=Notice.Why.OWN_CALL),
        "risk": call.risks.first(),
        "scorecard": filling.begin(template, call, by=rep),
        "template": template,
        "view": SavedView.objects.create(owner=rep, name=SECRET, query="band=A"),
        "job": question_of(rep, call),
        "batch": Batch.objects.create(by=rep, total=1),
        "team": call.team,
        "token": rep.tokens.get(),
        "disclosure": Disclosure.objects.create(customer_number=0, door="admin"),
        "erasure": Erasure.objects.create(why="customer", customer_number=0, state="done"),
        "label": factories.label(call, note=SECRET),
        "live": running(rep),
    }


def drafted(rep: User) -> Draft:
    """Two conversations, so that there is a page of both."""
    pasted = Delivery(transcript=f"Rep: Is {SECRET} what you need?\nCustomer: Yes.", customer={"external_id": SECRET})
    first, _ = drafting.begin([pasted, pasted], by=rep)
    return first.draft


def running(rep: User) -> LiveCall:
    customer = {"external_id": SECRET}
    live = open_call(Delivery(source="test", external_id="live", customer=customer), rep).live
    append(live, [{"sequence": 0, "speaker": "Tom", "text": f"Our budget for {SECRET} is agreed."}])
    live.events.create(sequence=1, kind="tracker_hit", content={"phrase": SECRET})
    return live


def question_of(rep: User, call: Call) -> InsightJob:
    job = InsightJob.objects.create(
        by=rep, kind="ask", question=SECRET, call=call, state="done", content={"answer": SECRET, "quotes": []}
    )
    job.calls.add(call)
    return job


def about_models(version: ModelVersion) -> dict[str, Any]:
    """What belongs to nobody's team."""
    candidate = watching.version("candidate")
    Preview.objects.create(version=candidate, against=version, state="done", made_at=timezone.now())
    return {
        "version": candidate,
        "run": version.run,
        "promotion": Promotion.objects.create(version=version, action="promote", state="done"),
        "alert": Alert.objects.create(rule="score_psi", message="It moved.", value=0.3, version=version),
        "use": ModelUse.objects.create(kind="a test", model="a model", tokens_in=1, tokens_out=1),
        "band": Band.objects.get(letter="A"),
        "tracker": Tracker.objects.create(name="A test's", kind="price", phrases=["price"]),
        "rule": RiskRule.objects.get(kind=RiskRule.Kind.SILENT),
        "mapping": FieldMapping.objects.create(name="ours", kind="calls", definition={}),
    }


def talked_over(rep: User, version: ModelVersion) -> Call:
    customer = factories.customer(SECRET, name=SECRET)
    call = factories.call(TURNS, rep=rep, team=rep.team, customer=customer, state=Call.State.SCORED, outcome="won")
    prediction = watching.prediction(call, 0.8, band="A", version=version)
    Guess.objects.create(call=call, person=rep, probability=0.5, prediction=prediction)
    for window in (None, 1):
        watching.embedding(call, rows.VECTOR, version=version, window=window, first_turn=1, last_turn=1)
    Insight.objects.create(
        call=call, kind="sales_analysis", prompt_version="1", input_hash="h", model="extractive", latency_ms=1,
        content={"summary": SECRET},
    )  # fmt: skip
    return call


def said_elsewhere(rep: User, version: ModelVersion) -> Call:
    """A call of the South team with the same vector: what is like it may not be told."""
    call = factories.call(rep=rep, team=rep.team, customer=factories.customer(name="Arden"), outcome="lost")
    watching.prediction(call, 0.3, band="C", version=version)
    watching.embedding(call, rows.VECTOR, version=version)
    return call
