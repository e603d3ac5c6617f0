"""Webhooks by the API."""

import pytest
from standardwebhooks import Webhook as Verifier

from calls.tokens import Scope
from predictions.models import Webhook, WebhookDelivery
from predictions.webhooks import signing
from predictions.webhooks.managing import MOST_WEBHOOKS
from tests.api_client import API, assert_error, client_of
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, receiving

HOOKS, DELIVERIES = f"{API}webhooks/", f"{API}webhooks/deliveries/"


@pytest.fixture
def api(crm):
    return client_of(crm)


def asked(**fields):
    return {"name": "crm", "url": "https://hooks.example.com/in", "events": ["call.scored"]} | fields


def test_a_webhook_is_made_and_its_secret_told_this_once(api, crm):
    made = api.post(HOOKS, asked())
    assert made.status_code == 201
    webhook = Webhook.objects.get()
    assert made.json()["secret"] == signing.opened(webhook.secret)
    assert (made.json()["owner"], made.json()["state"], webhook.owner) == ("crm", "on", crm)
    for path in (HOOKS, f"{HOOKS}{webhook.pk}/"):
        assert "whsec_" not in api.get(path).content.decode()


def test_a_test_event_arrives_and_its_delivery_can_be_looked_up(api, work_off):
    with receiving(answered(200)) as receiver:
        made = api.post(HOOKS, asked(url=receiver.url)).json()
        sent = api.post(f"{HOOKS}{made['id']}/test/")
        work_off()
    [got] = receiver.received
    assert Verifier(made["secret"]).verify(got.body, got.headers)["type"] == "webhook.test"
    [shown] = api.get(f"{DELIVERIES}?webhook={made['id']}&state=delivered").json()["results"]
    assert sent.status_code == 202
    assert (shown["id"], shown["message_id"]) == (sent.json()["id"], got.headers["webhook-id"])
    assert [(line["number"], line["status"]) for line in shown["log"]] == [(1, 200)]


def test_a_delivery_is_replayed(api, work_off, crm):
    with receiving(answered(200)) as receiver:
        sent = watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        work_off()
        assert api.post(f"{DELIVERIES}{sent.pk}/replay/").status_code == 202
        work_off()
    assert len(receiver.received) == 2
    assert api.get(f"{DELIVERIES}{sent.pk}/").json()["attempts"] == 2


def test_a_rotated_secret_is_told_and_the_one_before_goes_on_for_a_day(api, crm):
    webhook = watching.webhook(crm)
    told = api.post(f"{HOOKS}{webhook.pk}/rotate/").json()
    webhook.refresh_from_db()
    assert told["secret"] == signing.opened(webhook.secret)
    assert told["secret_before_until"]


def test_a_webhook_is_deleted_with_what_waits_for_it(api, crm):
    sent = watching.delivery(crm)
    assert api.delete(f"{HOOKS}{sent.webhook_id}/").status_code == 204
    assert not WebhookDelivery.objects.exists()


WRONG = {
    "no public address": (asked(url="https://10.0.0.1/in"), "webhook_address_refused", "url"),
    "a user in the address": (asked(url="https://a:b@example.com/"), "webhook_address_refused", "url"),
    "no address": (asked(url="hooks"), "webhook_address_refused", "url"),
    "an unknown event": (asked(events=["call.won"]), "invalid", "events[0]"),
    "no event": (asked(events=[]), "invalid", "events"),
    "no name": (asked(name=""), "invalid", "name"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_made_is_named(api, name):
    body, code, field = WRONG[name]
    error = assert_error(api.post(HOOKS, body), 400, code)
    assert any(place.startswith(field.partition("[")[0]) for place in error["fields"])
    assert not Webhook.objects.exists()


def test_an_account_has_so_many_webhooks_and_no_more(api, crm):
    for _ in range(MOST_WEBHOOKS):
        watching.webhook(crm)
    assert_error(api.post(HOOKS, asked()), 400, "webhook_refused")


def test_a_token_is_not_told_what_it_could_not_ask_for(crm):
    api = client_of(crm, [Scope.CHANGE_WEBHOOK, Scope.VIEW_LABEL])
    error = assert_error(api.post(HOOKS, asked(events=["label.resolved", "call.scored"])), 403, "missing_scope")
    assert Scope.VIEW_PREDICTION in error["message"]
    assert api.post(HOOKS, asked(events=["label.resolved"])).status_code == 201


def test_webhooks_of_others_do_not_exist(api, admin, crm):
    theirs = watching.delivery(admin)
    watching.delivery(crm)
    for path in (f"{HOOKS}{theirs.webhook_id}/", f"{DELIVERIES}{theirs.pk}/"):
        assert_error(api.get(path), 404, "not_found")
    assert_error(api.post(f"{HOOKS}{theirs.webhook_id}/test/"), 404)
    assert_error(api.post(f"{DELIVERIES}{theirs.pk}/replay/"), 404)
    assert [len(api.get(path).json()["results"]) for path in (HOOKS, DELIVERIES)] == [1, 1]
    assert len(client_of(admin).get(HOOKS).json()["results"]) == 2


def test_reps_and_managers_make_none(rep, manager):
    for person in (rep, manager):
        assert_error(client_of(person).post(HOOKS, asked()), 403, "permission_denied")


def test_a_page_of_deliveries_takes_as_many_queries_however_long_it_is(api, crm, django_assert_num_queries):
    for _ in range(10):
        watching.delivery(crm).log.create(number=1, status=200)
    with django_assert_num_queries(3):  # the token, the page, the attempts
        api.get(DELIVERIES)
