"""Webhooks in the admin."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils import timezone

from calls.models import User
from predictions import alerts, monitoring
from predictions.models import Alert, Webhook, WebhookDelivery
from predictions.webhooks import delivering, signing
from tests import factories
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, receiving

LIST, ADD = reverse("admin:predictions_webhook_changelist"), reverse("admin:predictions_webhook_add")
SENT = reverse("admin:predictions_webhookdelivery_changelist")


def form(owner: User, **fields):
    return {"owner": owner.pk, "name": "crm", "url": "https://hooks.example.com/", "events": ["call.scored"]} | fields


def test_a_webhook_is_made_and_its_secret_shown_once(desk, crm):
    page = desk.post(ADD, form(crm))
    assert "no-store" in page["Cache-Control"]
    webhook = Webhook.objects.get()
    secret = signing.opened(webhook.secret)
    assert secret in page.content.decode()
    assert (webhook.owner, webhook.events) == (crm, ["call.scored"])
    for address in (LIST, reverse("admin:predictions_webhook_change", args=[webhook.pk])):
        assert secret not in desk.get(address).content.decode()
        assert "hooks.example.com" in desk.get(address).content.decode()


@pytest.mark.parametrize("wrong", [{"url": "https://10.0.0.1/"}, {"events": []}, {"events": ["x"]}, {"name": ""}])
def test_what_cannot_be_made_is_refused_in_the_form(desk, crm, wrong):
    assert desk.post(ADD, form(crm, **wrong)).status_code == 200
    assert not Webhook.objects.exists()


def test_people_switch_a_webhook_off_and_on_and_the_history_tells_who(desk, crm):
    webhook = watching.webhook(crm)
    for action, state in (("switch_off", "off"), ("switch_on", "on")):
        desk.post(LIST, {"action": action, "_selected_action": [webhook.pk]})
        webhook.refresh_from_db()
        assert webhook.state(timezone.now()) == state
    history = desk.get(reverse("admin:predictions_webhook_history", args=[webhook.pk])).content.decode()
    assert "is on" in history


def test_a_changed_secret_is_shown_once(desk, crm):
    webhook = watching.webhook(crm)
    page = desk.post(LIST, {"action": "rotate", "_selected_action": [webhook.pk]}).content.decode()
    webhook.refresh_from_db()
    assert signing.opened(webhook.secret) in page
    assert webhook.secret_before_until


def test_a_test_event_can_be_sent_from_the_list(desk, crm):
    webhook = watching.webhook(crm)
    desk.post(LIST, {"action": "send_test", "_selected_action": [webhook.pk]})
    assert WebhookDelivery.objects.get().event.type == "webhook.test"


def test_the_log_of_a_delivery_is_read_and_it_is_sent_again(desk, crm, work_off):
    with receiving(answered(503, b"<b>busy</b>")) as receiver:
        sent = watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        work_off()
        page = desk.get(reverse("admin:predictions_webhookdelivery_change", args=[sent.pk])).content.decode()
        assert "Answered 503." in page
        assert "&lt;b&gt;busy" in page
        assert sent.event.message_id in desk.get(SENT).content.decode()
        receiver.answers[:] = [answered(200)]
        desk.post(SENT, {"action": "replay", "_selected_action": [sent.pk]})
        work_off()
    sent.refresh_from_db()
    assert (sent.state, len(receiver.received)) == ("delivered", 2)


def test_the_lists_take_as_many_queries_however_long_they_are(desk, crm, django_assert_max_num_queries):
    for _ in range(20):
        watching.delivery(crm)
    for address in (LIST, SENT):
        with django_assert_max_num_queries(12):
            desk.get(address)


def test_staff_who_see_less_than_all_see_and_make_no_webhook(client, crm):
    clerk = factories.user(is_staff=True, role=User.Role.MANAGER)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="predictions"))
    client.force_login(clerk)
    sent = watching.delivery(crm)
    assert client.get(LIST).status_code == client.post(ADD, form(crm)).status_code == 403
    assert sent.event.message_id not in client.get(SENT).content.decode()


def test_a_webhook_that_fails_for_long_is_shown_as_failing_and_stays_on(desk, crm):
    with receiving(answered(500)) as receiver:
        sent = watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        delivering.deliver(sent.pk)
    now = timezone.now() + timedelta(hours=2)
    webhook = Webhook.objects.get()
    assert (webhook.state(timezone.now()), webhook.state(now), webhook.is_on) == ("on", "failing", True)
    monitoring.measure(now)
    alerts.decide(now)
    assert "1 of 1 webhooks took nothing" in Alert.objects.get(rule="webhooks fail").message


def test_one_success_ends_the_failing(crm, work_off):
    with receiving(answered(500), answered(200)) as receiver:
        watching.delivery(crm, webhook=watching.webhook(crm, url=receiver.url))
        work_off()
        work_off()
    assert not Webhook.objects.failing(timezone.now() + timedelta(days=1)).exists()
