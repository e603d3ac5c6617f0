"""The one way in: what is delivered becomes a call once, redacted before it is written, or is refused with a reason."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from calls import ingest, labels, spool
from calls.delivery import ConflictingDelivery, Delivery, DeliveryRefused, DeliveryTooLarge, UnreadableDelivery
from calls.models import Call, Customer, Turn
from calls.signals import call_ready
from tests import factories
from tests.at_once import at_once

TURNS = [
    {"speaker": "Rep", "text": "Good morning, shall we look at the offer?", "start": 0, "end": 4},
    {"speaker": "Customer", "text": "Yes, write to jane@example.com please.", "start": 5, "end": 9},
]
FILE = b"Rep: Good morning, shall we look at the offer?\nCustomer: Yes, write to jane@example.com please.\n"


def delivery(**fields) -> Delivery:
    defaults = {"source": "crm", "external_id": "1", "customer": {"external_id": "acme"}}
    if not {"content", "transcript", "turns"} & fields.keys():
        defaults["turns"] = TURNS
    return Delivery(**(defaults | fields))


def uploaded(rep, content: bytes = FILE, name: str = "call.txt", **fields) -> Call:
    return ingest.receive(delivery(content=content, file_name=name, **fields), by=rep).call


def test_posted_turns_are_ready_at_once(rep):
    receipt = ingest.receive(delivery(), by=rep)
    call = Call.objects.get()
    assert (receipt.created, receipt.call, call.state) == (True, call, "ready")
    assert [turn.role for turn in call.turns.all()] == ["rep", "customer"]
    assert (call.rep, call.team, call.turn_count, call.duration, call.language) == (rep, rep.team, 2, 9, "en")
    assert call.statistics["patience"] is None
    assert call.statistics["questions_rep"] == 1


def test_an_upload_waits_encrypted_and_becomes_ready(rep):
    call = uploaded(rep)
    assert (call.state, call.turn_count) == ("received", 0)
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert (call.state, call.turn_count, call.spool_name) == ("ready", 2, "")


@pytest.mark.parametrize("form", [{"turns": TURNS}, {"transcript": FILE.decode()}, {"content": FILE}])
def test_nothing_personal_is_stored_whatever_the_form(rep, form):
    call = ingest.receive(
        delivery(
            file_name="ring 415 555 0100.txt", **form, customer={"external_id": "a", "metadata": {"n": "x@y.com"}}
        ),
        by=rep,
    ).call
    ingest.parse(call.pk)
    with connection.cursor() as cursor:
        for table in ("calls_call", "calls_turn", "calls_customer"):
            cursor.execute(f"select count(*) from {table} t where t::text ~ '@|555'")
            assert cursor.fetchone() == (0,)


def test_a_repeated_delivery_is_the_same_call(rep):
    first = ingest.receive(delivery(), by=rep)
    again = ingest.receive(delivery(), by=rep)
    assert (again.created, again.call) == (False, first.call)
    assert Turn.objects.count() == 2


def test_a_repeated_upload_is_the_same_call_before_and_after_parsing(rep):
    call = uploaded(rep)
    assert uploaded(rep) == call
    ingest.parse(call.pk)
    assert uploaded(rep) == call
    assert Turn.objects.count() == 2


def test_other_content_under_the_same_id_is_a_conflict(rep):
    ingest.receive(delivery(), by=rep)
    with pytest.raises(ConflictingDelivery):
        ingest.receive(delivery(turns=TURNS[:1]), by=rep)


def test_the_same_id_from_another_source_is_another_call(rep):
    ingest.receive(delivery(), by=rep)
    assert ingest.receive(delivery(source="other"), by=rep).created


@pytest.mark.parametrize("form", [{"turns": TURNS}, {"content": FILE}])
def test_without_an_id_a_call_is_known_by_its_content_among_those_of_its_sender(rep, stranger, form):
    first = ingest.receive(delivery(external_id="", **form), by=rep)
    again = ingest.receive(delivery(external_id="", **form), by=rep)
    assert (again.created, again.call) == (False, first.call)
    assert ingest.receive(delivery(external_id="", **form), by=stranger).created


def test_a_call_that_one_may_not_see_is_not_handed_out(rep, stranger):
    ingest.receive(delivery(), by=rep)
    with pytest.raises(ConflictingDelivery):
        ingest.receive(delivery(), by=stranger)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"customer": {}}, "customer.external_id"),
        ({"customer": {"external_id": "x" * 201}}, "customer.external_id"),
        ({"customer": {"external_id": "a", "metadata": [1]}}, "customer.metadata"),
        ({"customer": "acme"}, "customer"),
        ({"turns": None}, "turns"),
        ({"content": b"Rep: a", "turns": TURNS}, "turns"),
        ({"external_id": "x" * 201}, "external_id"),
        ({"rep": 7}, "rep"),
        ({"started_at": timezone.now() + timedelta(days=30)}, "started_at"),
        ({"started_at": datetime(1, 1, 1, tzinfo=timezone.get_fixed_timezone(14 * 60))}, "started_at"),
        ({"started_at": datetime(1, 1, 1)}, "started_at"),
        ({"external_id": "g\ud800"}, "external_id"),
        ({"customer": {"external_id": "g\ud800"}}, "customer.external_id"),
        ({"customer": {"external_id": "a", "metadata": {"k": {"g\udfff": 1}}}}, "customer.metadata"),
        ({"content": b" \n "}, "file"),
        ({"content": b"PK\x03\x04 and more"}, "file"),
    ],
)
def test_what_cannot_be_accepted_is_refused_by_field(rep, fields, named):
    with pytest.raises(DeliveryRefused) as refusal:
        ingest.receive(delivery(**fields), by=rep)
    assert named in refusal.value.fields
    assert not Call.objects.exists()
    assert not Customer.objects.exists()


@pytest.mark.parametrize("form", [{"turns": [{"speaker": "Rep", "text": 7.5j}]}, {"turns": []}, {"transcript": " "}])
def test_unreadable_words_are_refused_without_quoting_them(rep, form):
    with pytest.raises(UnreadableDelivery) as refusal:
        ingest.receive(delivery(**form), by=rep)
    assert refusal.value.fields


def test_a_turn_longer_than_can_be_searched_is_refused_and_one_that_can_be_is_taken(rep):
    words = " ".join(f"{number:x}q-{number * 31:x}z" for number in range(60_000))[:250_000]
    assert ingest.receive(delivery(turns=[{"speaker": "Rep", "text": words}]), by=rep).created
    with pytest.raises(UnreadableDelivery) as refusal:
        ingest.receive(delivery(turns=[*TURNS, {"speaker": "Rep", "text": words + "!"}]), by=rep)
    assert list(refusal.value.fields) == ["turns[2]"]


def test_nul_bytes_are_taken_out(rep):
    call = ingest.receive(
        delivery(
            turns=[{"speaker": "Rep\0", "text": "Hello\0 there"}],
            customer={"external_id": "a\0", "name": "A\0cme", "metadata": {"k\0": ["v\0", float("nan")]}},
        ),
        by=rep,
    ).call
    assert call.turns.get().text == "Hello there"
    assert call.customer_metadata == {"name": "Acme", "k": ["v", None]}


def test_too_much_is_refused(rep, settings):
    settings.MAX_UPLOAD_BYTES = 60
    for form in ({"content": FILE}, {"transcript": FILE.decode()}, {"turns": TURNS}):
        with pytest.raises(DeliveryTooLarge):
            ingest.receive(delivery(**form), by=rep)


def test_ten_thousand_turns_are_taken(rep):
    turns = [{"speaker": ("Rep", "Customer")[i % 2], "text": f"This is sentence {i}."} for i in range(10_000)]
    call = ingest.receive(delivery(turns=turns), by=rep).call
    assert (call.turn_count, call.turns.count()) == (10_000, 10_000)


def test_the_metadata_as_delivered_stays_with_the_call(rep):
    one = ingest.receive(
        delivery(customer={"external_id": "a", "segment": "bank", "metadata": {"size": 9, "crm": {"hot": True}}}),
        by=rep,
    ).call
    ingest.receive(delivery(external_id="2", customer={"external_id": "a", "segment": "shop", "region": "EU"}), by=rep)
    one.refresh_from_db()
    assert one.customer_metadata == {"segment": "bank", "size": 9, "crm": {"hot": True}}
    customer = Customer.objects.get()
    assert (customer.segment, customer.region, customer.metadata["size"]) == ("shop", "EU", 9)


def test_a_new_call_of_a_settled_deal_gets_its_outcome(rep):
    labels.record(outcome="won", source="crm", origin="crm", deal="d", known_at=timezone.now())
    early = ingest.receive(delivery(deal="d", started_at=factories.NOW), by=rep).call
    assert Call.objects.get(pk=early.pk).outcome == "won"


def test_a_file_that_is_no_transcript_is_rejected_with_the_reason_and_kept(rep):
    call = uploaded(rep, bytes(range(256)) * 20, "call.vtt")
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert call.state == "rejected"
    assert call.reason
    assert spool.get(call.spool_name)


def test_the_reason_says_what_was_expected(rep):
    call = uploaded(rep, b"Only words that nobody says.\n", "call.txt")
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert call.reason.startswith("No line names a speaker.")
    assert "Expected lines such as" in call.reason


def test_a_file_that_was_rejected_for_its_content_stays_rejected(rep):
    call = uploaded(rep, b'{"turns": [', "call.json")
    ingest.parse(call.pk)
    receipt = ingest.receive(delivery(content=b'{"turns": [', file_name="call.json"), by=rep)
    assert (receipt.created, receipt.call.pk, receipt.call.state) == (False, call.pk, "rejected")


def lose_the_upload(call: Call) -> None:
    spool.delete(call.spool_name)


def kill_every_worker(call: Call) -> None:
    Call.objects.filter(pk=call.pk).update(attempts=99, lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("fail", [lose_the_upload, kill_every_worker])
def test_a_file_that_failed_through_no_fault_of_its_own_may_be_sent_again(rep, fail):
    call = uploaded(rep)
    fail(call)
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert (call.state, "send" in call.reason) == ("rejected", True)
    receipt = ingest.receive(delivery(content=FILE, file_name="call.txt"), by=rep)
    assert (receipt.created, receipt.call.pk, receipt.call.state) == (True, call.pk, "received")
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert (call.state, call.reason, call.turns.count()) == ("ready", "", 2)


def test_a_corrected_file_takes_the_place_of_the_rejected_one(rep):
    call = uploaded(rep, b'{"turns": [', "call.json")
    ingest.parse(call.pk)
    receipt = ingest.receive(delivery(content=FILE, file_name="call.txt"), by=rep)
    assert (receipt.created, receipt.call.pk) == (True, call.pk)
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert (call.state, call.reason, call.turns.count()) == ("ready", "", 2)


def test_a_worker_that_died_is_followed_by_another_and_no_turn_is_doubled(rep):
    call = uploaded(rep)
    assert ingest.claim(call.pk)  # and then it is killed
    ingest.parse(call.pk)  # another one, too early
    assert Call.objects.get().state == "received"
    Call.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    ingest.parse(call.pk)
    ingest.parse(call.pk)
    assert (Call.objects.get().state, Turn.objects.count()) == ("ready", 2)


def test_two_workers_that_both_finish_store_the_turns_once(rep):
    call = uploaded(rep)
    slow = Call.objects.get(pk=call.pk)
    ingest.parse(call.pk)
    words = ingest.parsing.conversation(ingest.parsing.transcript_of(delivery()))
    ingest.keep(slow, words)
    assert Turn.objects.count() == 2


def test_a_call_that_kills_every_worker_is_rejected_in_the_end(rep, settings):
    call = uploaded(rep)
    Call.objects.update(attempts=settings.MAX_ATTEMPTS, lease_until=timezone.now() - timedelta(seconds=1))
    ingest.parse(call.pk)
    call.refresh_from_db()
    assert call.state == "rejected"
    assert str(settings.MAX_ATTEMPTS) in call.reason


def test_a_call_that_is_gone_is_no_error(db):
    ingest.parse(4711)


def sent_at_once(rep, **fields) -> list[ingest.Receipt]:
    return at_once(4, lambda: ingest.receive(delivery(**fields), by=rep))


@pytest.mark.django_db(transaction=True)
def test_two_deliveries_at_the_same_moment_make_one_call():
    receipts = sent_at_once(factories.user("rita", team=factories.team()))
    assert sorted(receipt.created for receipt in receipts) == [False, False, False, True]
    assert (Call.objects.count(), Turn.objects.count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_of_corrections_at_the_same_moment_one_is_taken_and_the_others_find_it():
    rep = factories.user("rita", team=factories.team())
    call = uploaded(rep, b'{"turns": [', "call.json")
    ingest.parse(call.pk)
    receipts = sent_at_once(rep, content=FILE, file_name="call.txt")
    assert sorted(receipt.created for receipt in receipts) == [False, False, False, True]
    assert {receipt.call.pk for receipt in receipts} == {call.pk}


@pytest.mark.django_db(transaction=True)
def test_the_spool_is_empty_once_the_turns_are_committed():
    call = uploaded(factories.user("rita", team=factories.team()))
    ingest.parse(call.pk)
    assert not spool.storage().exists(call.spool_name)


def test_uploads_go_to_a_worker_and_ready_calls_to_the_higher_apps(rep, django_capture_on_commit_callbacks):
    heard = []

    def hear(call, **_):
        heard.append((call.external_id, call.state))

    call_ready.connect(hear)
    with django_capture_on_commit_callbacks() as callbacks:
        call = uploaded(rep)
    ingest.receive(delivery(external_id="2"), by=rep)
    ingest.parse(call.pk)
    call_ready.disconnect(hear)
    assert len(callbacks) == 1
    assert heard == [("2", "ready"), ("1", "ready")]


def test_the_sweep_finds_what_nobody_holds(rep, django_capture_on_commit_callbacks, settings):
    call = uploaded(rep)
    with django_capture_on_commit_callbacks() as fresh:
        ingest.sweep()
    Call.objects.filter(pk=call.pk).update(created_at=timezone.now() - timedelta(seconds=settings.LEASE_SECONDS + 1))
    with django_capture_on_commit_callbacks() as overdue:
        ingest.sweep()
    assert (len(fresh), len(overdue)) == (0, 1)
