"""Drafts when things happen twice, half, or never."""

from datetime import timedelta
from threading import Thread
from time import sleep

import pytest
from django.db import connection
from django.utils import timezone

from calls import drafting, spool
from calls.delivery import Delivery
from calls.drafts import KEPT
from calls.models import Call, Draft, DraftCall
from tests.at_once import at_once, waits_for_a_lock

TALK = b"Rep: Good morning.\nCustomer: We look for a tool.\n"
TWO = b"conversation_id,speaker,text\nc1,Rep,Hello.\nc1,Customer,Hi.\nc2,Rep,Again.\nc2,Customer,Hi.\n"


def begun(by, name="call.txt", content=TALK) -> DraftCall:
    (made,) = drafting.begin([Delivery(content=content, file_name=name, customer={"external_id": "c"})], by=by)
    return made


@pytest.mark.django_db(transaction=True)
def test_a_double_click_keeps_one_call(rep):
    waiting = begun(rep)
    drafting.read(waiting.pk)
    receipts = at_once(2, lambda: drafting.keep(waiting.pk, by=rep))
    assert Call.objects.count() == 1
    assert sorted(receipt.created for receipt in receipts) == [False, True]


def test_a_message_that_comes_twice_reads_the_file_once(rep):
    waiting = begun(rep)
    drafting.read(waiting.pk)
    drafting.read(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.attempts) == ("read", 1)


def test_a_draft_tells_how_many_of_its_files_are_read_and_how_long_the_others_take(rep):
    sent = [("two.csv", TWO), ("a.txt", TALK), ("b.txt", TALK), ("c.docx", b"PK\x03\x04")]
    deliveries = [Delivery(content=content, file_name=name, customer={"external_id": "c"}) for name, content in sent]
    draft = drafting.begin(deliveries, by=rep)[0].draft
    assert draft.reading(draft.calls.all()).seconds_left is None
    drafting.read(draft.calls.first().pk)
    Draft.objects.update(created_at=timezone.now() - timedelta(seconds=60))
    draft.refresh_from_db()
    reading = draft.reading(draft.calls.all())
    assert (reading.done, reading.total, reading.is_over) == (1, 3, False)
    assert reading.seconds_left == pytest.approx(120, abs=10)


def test_a_worker_that_lost_its_lease_writes_nothing(rep, caplog):
    first = drafting.claim(begun(rep).pk)
    DraftCall.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = drafting.claim(first.pk)
    assert f"reading draft {first.pk} is taken up again" in caplog.text
    drafting.write(first, [drafting.Found("late", reason="late")])
    assert DraftCall.objects.get().state == "waiting"
    drafting.write(second, [drafting.Found("call.txt", reason="in time")])
    assert DraftCall.objects.get().reason == "in time"


def test_a_file_of_many_conversations_is_held_for_as_long_as_it_is_read(rep):
    waiting = drafting.claim(begun(rep).pk)
    DraftCall.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    drafting.prolong(waiting)
    assert drafting.claim(waiting.pk) is None


def test_whoever_lost_the_lease_stops_reading(rep, monkeypatch):
    waiting = drafting.claim(begun(rep).pk)
    DraftCall.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    drafting.claim(waiting.pk)
    monkeypatch.setattr(drafting, "claim", lambda pk: waiting)
    drafting.read(waiting.pk)
    assert DraftCall.objects.get().state == "waiting"
    with pytest.raises(drafting.InOtherHands):
        drafting.check_held(waiting)


@pytest.mark.django_db(transaction=True)
def test_thrown_away_while_it_is_written_nothing_of_it_comes_back(rep, monkeypatch):
    waiting = drafting.claim(begun(rep, "two.csv", TWO).pk)
    written = drafting.DraftCall.objects.bulk_create
    threads: list[Thread] = []

    def write_as_somebody_throws_it_away(*args, **kwargs):
        threads.append(Thread(target=thrown_away))
        threads[0].start()
        while threads[0].is_alive() and not waits_for_a_lock():
            sleep(0.01)
        return written(*args, **kwargs)

    monkeypatch.setattr(DraftCall.objects, "bulk_create", write_as_somebody_throws_it_away)
    monkeypatch.setattr(drafting, "claim", lambda pk: waiting)
    drafting.read(waiting.pk)
    threads[0].join()
    assert not Draft.objects.exists()


def thrown_away() -> None:
    drafting.discard(DraftCall.objects.all())
    connection.close()


def test_a_file_at_which_every_worker_dies_is_refused(rep, settings):
    waiting = begun(rep)
    DraftCall.objects.update(attempts=settings.MAX_ATTEMPTS, lease_until=timezone.now() - timedelta(seconds=1))
    drafting.read(waiting.pk)
    found = DraftCall.objects.get()
    assert found.state == "refused"
    assert "could not be read" in found.reason
    assert found.spool_name == ""


def test_a_file_that_is_gone_says_to_send_it_again(rep):
    waiting = begun(rep)
    spool.delete(waiting.spool_name)
    drafting.read(waiting.pk)
    assert "Please send the file again" in DraftCall.objects.get().reason


def test_a_draft_that_is_thrown_away_while_it_is_read_stays_away(rep, django_capture_on_commit_callbacks):
    waiting = drafting.claim(begun(rep).pk)
    with django_capture_on_commit_callbacks(execute=True):
        drafting.discard(DraftCall.objects.all())
    drafting.write(waiting, [drafting.Found("call.txt", reason="late")])
    assert not Draft.objects.exists()
    assert not spool.storage().exists(waiting.spool_name)


def test_what_waits_is_never_taken_for_an_orphan_of_the_spool(rep):
    waiting = begun(rep)
    spool.purge(timezone.now() + timedelta(days=1))
    assert spool.get(waiting.spool_name) == TALK


def test_a_draft_is_forgotten_after_two_days_and_its_call_stays(rep):
    kept, other = begun(rep), begun(rep)
    for each in (kept, other):
        drafting.read(each.pk)
    drafting.keep(kept.pk, by=rep)
    Draft.objects.update(created_at=timezone.now() - KEPT + timedelta(minutes=1))
    drafting.sweep(timezone.now())
    assert Draft.objects.count() == 2
    drafting.sweep(timezone.now() + timedelta(minutes=2))
    assert not Draft.objects.exists()
    assert Call.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_file_whose_message_was_lost_is_enqueued_again(rep, settings, monkeypatch):
    waiting = begun(rep)
    enqueued: list[int] = []
    monkeypatch.setattr("calls.tasks.read_draft.delay_on_commit", enqueued.append)
    drafting.sweep(timezone.now())
    assert enqueued == []
    Draft.objects.update(created_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    drafting.sweep(timezone.now())
    assert enqueued == [waiting.pk]


def test_what_was_kept_or_thrown_away_cannot_be_corrected(rep):
    waiting = begun(rep)
    told = Delivery(customer={"external_id": "c"})
    with pytest.raises(drafting.DraftOver):
        drafting.correct(waiting, told, {}, by=rep)
