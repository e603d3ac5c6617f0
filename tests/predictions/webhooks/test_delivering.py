"""Messages reach whoever asked for them, are tried again for a day, and every attempt can be looked up."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from standardwebhooks import Webhook as Verifier

from predictions.models import OutboxEvent, Webhook, WebhookDelivery
from predictions.webhooks import delivering, managing, signing
from predictions.webhooks.delivering import PAUSES, TRIED_FOR
from tests import factories
from tests.predictions import watching
from tests.predictions.webhooks.receiver import answered, dripping, receiving, silent, without_end


@pytest.fixture
def delivery(hook, crm):
    """To a receiver; the event waits."""
    return lambda receiver, **fields: watching.delivery(crm, webhook=hook(receiver, **fields))


def log_of(delivery: WebhookDelivery) -> list[tuple[int | None, str]]:
    delivery.refresh_from_db()
    return list(delivery.log.values_list("status", "error"))


def test_a_message_is_signed_so_that_the_library_verifies_it(delivery, receiver, work_off):
    sent = delivery(receiver)
    work_off()
    [got] = receiver.received
    told = Verifier(signing.opened(sent.webhook.secret)).verify(got.body, got.headers)
    assert (told["id"], told["type"], told["data"]) == (sent.event.message_id, "alert.opened", {"rule": "a test"})
    assert got.headers["webhook-id"] == sent.event.message_id
    assert log_of(sent) == [(200, "")]
    assert (sent.state, sent.log.get().answer) == ("delivered", "")


def test_what_was_delivered_is_not_sent_again(delivery, receiver, work_off):
    delivery(receiver)
    for _ in range(3):
        work_off()
    assert len(receiver.received) == 1


def test_a_refused_message_is_tried_again_with_the_same_id_and_body(delivery, work_off):
    with receiving(answered(500), answered(503), answered(200)) as receiver:
        sent = delivery(receiver)
        for _ in range(4):
            work_off()
    assert log_of(sent) == [(500, "Answered 500."), (503, "Answered 503."), (200, "")]
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.received}) == 1
    assert sent.webhook.failing_since is None


def test_the_pauses_are_a_day_together_and_grow():
    assert timedelta(hours=24) <= sum(PAUSES, timedelta()) <= timedelta(hours=24, minutes=1)
    assert list(PAUSES) == sorted(PAUSES)


def test_the_next_attempt_waits_for_its_pause(delivery):
    with receiving(answered(500)) as receiver:
        sent = delivery(receiver)
        delivering.deliver(sent.pk)
        delivering.deliver(sent.pk)
    sent.refresh_from_db()
    assert len(receiver.received) == sent.attempts == 1
    assert sent.due_at - sent.tried_since >= PAUSES[0]


def test_after_the_last_attempt_it_has_failed_and_can_be_replayed(delivery, work_off):
    with receiving(answered(500)) as receiver:
        sent = delivery(receiver)
        for _ in range(len(PAUSES) + 3):
            work_off()
        sent.refresh_from_db()
        assert (sent.state, len(receiver.received)) == ("failed", len(PAUSES) + 1)
        receiver.answers[:] = [answered(200)]
        delivering.replay(sent)
        work_off()
    assert log_of(sent)[-1] == (200, "")
    assert (sent.state, sent.tries) == ("delivered", 1)
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1


def test_a_redirect_is_refused_and_nobody_asks_where_it_leads(delivery, work_off):
    with receiving() as elsewhere, receiving(answered(307, Location=elsewhere.url)) as receiver:
        sent = delivery(receiver)
        work_off()
    assert log_of(sent) == [(307, "Redirects are not followed.")]
    assert elsewhere.received == []


def test_a_body_without_end_is_cut(delivery, work_off):
    with receiving(without_end) as receiver:
        sent = delivery(receiver)
        work_off()
    assert log_of(sent) == [(500, "Answered 500.")]
    assert len(sent.log.get().answer) == 200


@pytest.mark.parametrize("slow", [silent, dripping])
def test_whoever_takes_too_long_is_not_waited_for(delivery, settings, slow):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3
    with receiving(slow) as receiver:
        sent = delivery(receiver)
        delivering.deliver(sent.pk)
    [(status, error)] = log_of(sent)  # at which step the time was over is for the machine to say
    assert status is None
    assert error.startswith("No answer: ")
    assert error.endswith("Timeout.")


def test_who_does_not_answer_is_left_alone_for_a_moment_with_its_other_messages(delivery, settings, crm):
    settings.WEBHOOK_TIMEOUT_SECONDS = 0.3
    with receiving(silent) as receiver:
        sent = delivery(receiver)
        other = watching.delivery(crm, webhook=sent.webhook)
        delivering.deliver(sent.pk)
        delivering.deliver(other.pk)
    other.refresh_from_db()
    assert [status for status, _ in log_of(sent)] == [None]
    assert (other.attempts, other.state) == (0, "waiting")


def test_nobody_listens(delivery, work_off):
    with receiving() as receiver:
        pass
    sent = delivery(receiver)
    work_off()
    assert log_of(sent) == [(None, "No answer: ConnectError.")]


def test_of_a_refusal_the_beginning_is_kept_without_what_may_be_a_secret(delivery, work_off):
    said = b'{"error": "bad key sk_live_0123456789abcdefghij of tom@example.com"}\n'
    with receiving(answered(401, said, Content_Type="application/json; charset=utf-8")) as receiver:
        sent = delivery(receiver)
        work_off()
    kept = sent.log.get().answer
    assert kept.startswith('{"error": "bad key … of ')
    assert "tom@" not in kept


@pytest.mark.parametrize("kind", ["text/html", "application/octet-stream", ""])
def test_an_answer_that_is_no_plain_text_is_not_kept(delivery, work_off, kind):
    with receiving(answered(500, b"<h1>No</h1>", Content_Type=kind)) as receiver:
        sent = delivery(receiver)
        work_off()
    assert sent.log.get().answer == ""


def test_during_a_rotation_both_secrets_sign(delivery, receiver, work_off):
    sent = delivery(receiver)
    before = signing.opened(sent.webhook.secret)
    after = managing.rotate(sent.webhook)
    work_off()
    [got] = receiver.received
    assert before != after
    for secret in (before, after):
        assert Verifier(secret).verify(got.body, got.headers)


def test_after_the_overlap_the_old_secret_signs_no_more(delivery, receiver, work_off):
    sent = delivery(receiver)
    managing.rotate(sent.webhook)
    Webhook.objects.update(secret_before_until=timezone.now() - timedelta(seconds=1))
    work_off()
    assert receiver.received[0].headers["webhook-signature"].count("v1,") == 1


def test_a_secret_of_another_key_is_told_and_nothing_is_sent(delivery, receiver, work_off, settings):
    sent = delivery(receiver)
    settings.SECRET_KEY = "another one, as after a move without the old settings"
    work_off()
    assert receiver.received == []
    assert "Rotate the secret" in log_of(sent)[0][1]


def test_secrets_lie_encrypted(delivery, receiver):
    sent = delivery(receiver)
    assert b"whsec_" not in bytes(sent.webhook.secret)


def test_what_the_owner_may_not_see_any_more_is_withheld(delivery, receiver, work_off, team):
    sent = delivery(receiver)
    call = factories.call(team=team)
    OutboxEvent.objects.update(call=call)
    call.team = None
    call.save()
    work_off()
    sent.refresh_from_db()
    assert (sent.state, receiver.received) == ("withheld", [])


def test_nothing_is_sent_for_an_account_that_is_closed(delivery, receiver, work_off, crm):
    delivery(receiver)
    crm.is_active = False
    crm.save()
    work_off()
    assert receiver.received == []


def test_a_webhook_that_is_off_gets_nothing_until_it_is_on(delivery, receiver, work_off):
    sent = delivery(receiver)
    managing.switch([sent.webhook], on=False)
    work_off()
    assert receiver.received == []
    managing.switch([sent.webhook], on=True)
    work_off()
    assert len(receiver.received) == 1


def test_what_was_tried_for_a_day_has_failed_however_few_attempts_there_were(delivery, receiver):
    sent = delivery(receiver)
    delivering.sweep(timezone.now() + TRIED_FOR + timedelta(minutes=1))
    sent.refresh_from_db()
    assert sent.state == "failed"


def test_events_are_kept_for_a_month(delivery, receiver):
    delivery(receiver)
    delivering.sweep(timezone.now() + timedelta(days=31))
    assert not OutboxEvent.objects.exists()


def test_a_test_event_goes_to_its_webhook_alone(hook, receiver, work_off):
    asked, _other = hook(receiver, name="first"), hook(receiver, name="second")
    managing.send_test(asked)
    work_off()
    [got] = receiver.received
    assert json.loads(got.body)["data"] == {"webhook": asked.pk, "name": "first"}


def test_a_long_row_of_one_webhook_keeps_no_other_from_its_turn(crm, monkeypatch):
    monkeypatch.setattr(delivering, "SWEPT_OF_EACH", 2)
    long, short = watching.webhook(crm), watching.webhook(crm)
    for webhook in (long, long, long, short):
        watching.delivery(crm, webhook=webhook)
    due = [pk for pk, _ in delivering.overdue(timezone.now() + timedelta(hours=1))]
    assert [row.webhook for row in WebhookDelivery.objects.filter(pk__in=due).order_by("pk")] == [long, long, short]


def test_the_sweep_leaves_a_first_attempt_to_its_own_message_for_a_while(crm):
    sent = watching.delivery(crm)
    assert delivering.overdue(sent.due_at) == []
    WebhookDelivery.objects.update(attempts=1)
    assert delivering.overdue(sent.due_at) == [(sent.pk, 1)]


def test_a_worker_that_was_taken_over_from_writes_nothing(delivery, receiver, work_off):
    sent = delivery(receiver)
    late = delivering.claim(sent.pk)
    WebhookDelivery.objects.update(lease_until=timezone.now() - timedelta(minutes=1))
    work_off()
    delivering.keep(late, delivering.Result(status=500, error="Answered 500."))
    assert log_of(sent) == [(None, delivering.LOST), (200, "")]
    assert (sent.state, sent.attempts) == ("delivered", 2)
