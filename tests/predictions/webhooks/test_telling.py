"""What happens is written down with it, once, for those who asked for it and may see it."""

import json

import pytest
from django.db import transaction

from calls import ingest, labels
from calls.delivery import Delivery
from calls.models import Call, Label
from mltraining.models import Promotion
from predictions import alerts, promotion, scoring
from predictions.models import MetricPoint, OutboxEvent, WebhookDelivery
from predictions.webhooks import delivering, fanning_out
from predictions.webhooks.kinds import NEEDED, Kind
from tests import factories, small_models
from tests.predictions import watching
from tests.small_models import LOST, WON

SAYS = {"source": Label.Source.CRM, "origin": "crm"}


@pytest.fixture
def webhook(crm):
    return watching.webhook(crm)


def told(*kinds: str) -> list[tuple[str, dict]]:
    events = OutboxEvent.objects.order_by("pk")
    return [(event.type, event.data) for event in events if not kinds or event.type in kinds]


def kinds() -> list[str]:
    return [kind for kind, _ in told()]


@pytest.fixture
def rejected(crm):
    """A call whose file turned out not to be readable."""
    delivery = Delivery(content=b"\x00\x01\x02 no transcript", file_name="a.txt", customer={"external_id": "c"})
    call = ingest.receive(delivery, by=crm).call
    ingest.parse(call.pk)
    return Call.objects.get(pk=call.pk)


def test_a_first_score_is_told_as_the_feed_shows_it(webhook, active, team, api_of_crm):
    call = factories.call(WON, team=team)
    scoring.score([call.pk])
    [(kind, data)] = told()
    assert kind == "call.scored"
    assert data == api_of_crm("scores/")["results"][0]
    assert (data["call"]["id"], data["before"]) == (call.pk, None)


def test_another_score_tells_what_changed_and_a_crossed_band(webhook, active, team, admin):
    call = factories.call(WON, team=team)
    scoring.score([call.pk])
    watching.prediction(call, 0.01, band="E")
    OutboxEvent.objects.all().delete()
    small_models.version(state="candidate")
    call.turns.all().delete()
    for index, (role, text) in enumerate(LOST + WON):
        call.turns.create(index=index, speaker=role, role=role, text=text)
    scoring.score([call.pk])
    assert kinds() == ["call.scored", "score.changed", "score.band_crossed"]
    before = told("score.band_crossed")[0][1]["before"]
    assert (before["conversion_probability"], before["band"]) == (0.01, "E")


def test_scoring_twice_tells_once(webhook, active, team):
    call = factories.call(WON, team=team)
    for _ in range(2):
        scoring.score([call.pk])
    inputs = scoring.Prediction.objects.get()
    scoring.telling.scored(active, [call.pk], [inputs.input_hash])
    assert kinds() == ["call.scored"]


def test_what_is_undone_is_not_told(webhook, active, team):
    call = factories.call(WON, team=team)
    with transaction.atomic():
        scoring.score([call.pk])
        transaction.set_rollback(True)
    assert told() == []


def test_what_nobody_asked_for_is_not_written(crm, active, team):
    watching.webhook(crm, events=[Kind.CALL_REJECTED])
    watching.webhook(crm, is_on=False)
    scoring.score([factories.call(WON, team=team).pk])
    assert told() == []


def test_an_outcome_is_told_at_each_change_and_only_then(webhook, team):
    call = factories.call(team=team)
    for outcome in ("won", "won", "lost"):
        labels.record(outcome=outcome, call=call, known_at=factories.NOW, **SAYS)
    assert kinds() == ["label.resolved"] * 2
    assert [data["outcome"] for _, data in told()] == ["won", "lost"]
    assert told()[0][1]["call"] == {"id": call.pk, "source": "test", "external_id": call.external_id, "deal": ""}


def test_the_outcome_of_a_deal_is_told_for_each_of_its_calls(webhook, team):
    calls = [factories.call(team=team, deal="d-1") for _ in range(3)]
    labels.record(outcome="won", deal="d-1", **SAYS)
    assert {data["call"]["id"] for _, data in told("label.resolved")} == {call.pk for call in calls}


def test_a_call_that_cannot_be_read_is_told_with_the_reason(webhook, rejected):
    [(kind, data)] = told()
    assert (kind, data["call"]["id"], data["state"]) == ("call.rejected", rejected.pk, "rejected")
    assert data["reason"] == rejected.reason != ""
    ingest.reject(rejected, "once more")
    assert len(told()) == 1


def test_a_promotion_is_told_when_it_is_over(webhook, admin):
    version = small_models.version(state="candidate")
    running = promotion.promote(version, admin)
    assert told() == []
    promotion.write_vectors(running.pk)
    [(kind, data)] = told()
    assert (kind, data["id"], data["state"]) == ("model.promoted", version.pk, "active")
    assert data["action"] == Promotion.Action.PROMOTE


def test_an_alert_is_told_when_it_opens(webhook):
    rule = alerts.RULES[0]
    point = MetricPoint(name=rule.metric, value=2000, count=3)
    for _ in range(2):
        alert = alerts.opened(rule, None, point)
    [(kind, data)] = told()
    assert (kind, data["id"], data["rule"]) == ("alert.opened", alert.pk, rule.name)


def test_no_event_holds_words_of_a_call(webhook, active, team):
    call = factories.call(WON, team=team)
    scoring.score([call.pk])
    labels.record(outcome="won", call=call, known_at=factories.NOW, note="we talked of geese", **SAYS)
    assert kinds() == ["call.scored", "label.resolved"]
    for words in (*(text for _, text in WON), "geese"):
        assert words not in json.dumps(told())


def test_only_who_may_see_the_call_is_told(active, crm, team, admin, stranger):
    webhooks = {person: watching.webhook(person) for person in (crm, admin, stranger)}
    scoring.score([factories.call(WON, team=team).pk])
    fanning_out.fan_out()
    assert set(WebhookDelivery.objects.values_list("webhook", flat=True)) == {webhooks[crm].pk, webhooks[admin].pk}


def test_a_score_that_waits_for_the_owners_guess_is_not_told(active, team, rep):
    team.guesses_since = factories.NOW
    team.save()
    watching.webhook(rep)
    scoring.score([factories.call(WON, team=team, rep=rep).pk])
    fanning_out.fan_out()
    assert not WebhookDelivery.objects.exists()


def test_each_gets_what_it_asked_for(active, crm, team):
    asked = watching.webhook(crm, events=[Kind.LABEL_RESOLVED])
    watching.webhook(crm, events=[Kind.CALL_SCORED])
    labels.record(outcome="won", call=factories.call(team=team), known_at=factories.NOW, **SAYS)
    fanning_out.fan_out()
    assert [delivery.webhook for delivery in WebhookDelivery.objects.all()] == [asked]


def test_fanning_out_twice_makes_one_delivery(webhook, active, team):
    scoring.score([factories.call(WON, team=team).pk])
    for _ in range(2):
        fanning_out.fan_out()
    assert WebhookDelivery.objects.count() == 1


def test_an_event_goes_with_its_call(webhook, active, team):
    call = factories.call(WON, team=team)
    scoring.score([call.pk])
    fanning_out.fan_out()
    call.delete()
    assert not OutboxEvent.objects.exists()
    delivering.deliver(WebhookDelivery.objects.count() + 1)  # a message that outlived it does nothing


def test_each_kind_names_the_scope_that_it_needs():
    assert set(NEEDED) == set(Kind.values)
