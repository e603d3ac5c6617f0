"""What stays of a customer that is erased: numbers, times, and nothing else."""

import json
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.cache import cache
from django.utils import timezone
from pghistory.core import event_models

from calls import drafting, erasing, spool
from calls.delivery import Delivery
from calls.models import Batch, Call, Customer, DraftCall, Erasure, KeyedRequest, Label
from mltraining.flags import flags
from mltraining.models import ModelVersion
from predictions.predict import payload_key
from tests import factories
from tests.privacy import planting

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("empty_cache")]

TALK = "Rep: Good morning.\nCustomer: We look for a tool.\n"


@pytest.fixture
def halden(rep) -> Customer:
    return planting.customer(rep)


def test_each_table_for_words_is_erased_or_is_said_to_hold_nobody():
    known = {*planting.leading_here(), *planting.BESIDE, *planting.HOLDS_NOBODY}
    assert planting.may_tell() - known == set(), "point at a call or customer with CASCADE, or say why it holds nobody"
    assert set(planting.HOLDS_NOBODY) - planting.may_tell() == set(), "is there no more"


def test_the_word_is_everywhere_before(halden):
    """Else that it is nowhere thereafter would prove nothing."""
    found = set(planting.traces())
    assert {
        *planting.planted(),
        "predictions_savedview",
        "calls_keyedrequest",
        "calls_draftcall",
        "django_admin_log",
    } - found == set()
    assert sum(each.startswith(("file", "redis", "answer")) for each in found) == 7


def test_what_the_admin_noted_is_erased_also_where_whoever_did_it_is_gone(halden):
    LogEntry.objects.all().delete()
    erasing.erase_customer(halden)
    assert list(planting.traces()) == []


def test_nothing_of_an_erased_customer_is_found_in_any_table_file_or_cache(halden):
    erasure = erasing.erase_customer(halden)
    assert list(planting.traces()) == []
    assert (erasure.state, erasure.external_id, erasure.words) == ("done", "", [])


def test_it_is_told_in_counts_what_went(halden):
    counts = erasing.erase_customer(halden).counts
    some = {
        "customers": 1,
        "calls": 1,
        "turns": 4,
        "embeddings": 2,
        "labels": 2,
        "uploads": 1,
        "waiting files": 1,
        "drafts": 1,
    }
    some |= {"kept answers": 2, "saved views": 1, "cached questions": 4}
    assert {name: counts[name] for name in some} == some


def test_recorded_changes_keep_what_happened_when_and_lose_the_rest(halden):
    before = recorded()
    erasing.erase_customer(halden)
    assert before - recorded() == set()


def recorded() -> set[tuple]:
    kept = ("pgh_id", "pgh_label", "pgh_created_at")
    return {(model, *row) for model in event_models() for row in model.objects.values_list(*kept)}


def test_versions_that_learned_from_the_customer_are_flagged(halden):
    erasing.erase_customer(halden)
    assert [flag.code for flag in flags(ModelVersion.objects.active())] == ["trained_with_erased_calls"]


def test_other_customers_keep_what_is_theirs_and_deals_that_they_share(halden):
    arden = factories.customer("arden", name="Arden")
    call = factories.call(customer=arden, outcome="won", deal=f"{planting.MARK}-deal")
    cache.set(payload_key("2-a"), json.dumps({"customer": arden.pk, "started_at": ""}), 60)
    waiting = spool.put(b"external_id\narden\n")
    erasing.erase_customer(halden)
    assert Call.objects.get() == call
    assert Label.objects.filter(deal=call.deal).exists()
    assert cache.has_key(payload_key("2-a"))
    assert waiting in spool.waiting()


def drafted(by, external_id: str, said: str) -> DraftCall:
    customer = {"external_id": external_id}
    [made] = drafting.begin([Delivery(content=said.encode(), file_name="call.txt", customer=customer)], by=by)
    return made


@pytest.mark.parametrize("external_id", ["7", "1234"])
def test_uploads_of_the_customer_that_are_not_kept_go_and_those_of_similar_numbers_stay(rep, external_id):
    drafted(rep, external_id, TALK)
    other = drafted(rep, f"{external_id}5", TALK)
    erasing.erase_customer(factories.customer(external_id, name="Anna"))
    assert list(DraftCall.objects.all()) == [other]


def test_uploads_of_others_in_which_the_customer_is_named_can_still_be_read(rep, halden):
    other = drafted(rep, "arden", f"Rep: We work for {halden.name}.\nCustomer: Good.\n")
    erasing.erase_customer(halden)
    drafting.read(other.pk)
    assert DraftCall.objects.get().state == "read"


def test_a_key_that_names_the_customer_goes_though_nothing_was_answered_under_it(rep, halden):
    died = timezone.now() - timedelta(minutes=1)
    asked = KeyedRequest.objects.create(user=rep, key=f"{halden.external_id}-1", fingerprint="0" * 64, lease_until=died)
    erasing.erase_customer(halden)
    asked.refresh_from_db()
    assert halden.external_id not in asked.key


def test_a_worker_that_is_killed_half_way_is_followed_by_another(halden, monkeypatch, enqueued):
    for _ in range(3):
        factories.call(customer=halden)
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    monkeypatch.setattr(erasing, "finish", killed)
    with pytest.raises(KeyboardInterrupt):
        erasing.erase_customer(halden)
    monkeypatch.undo()
    half = Erasure.objects.get()
    assert (half.state, half.counts["calls"], Customer.objects.count()) == ("asked", 4, 1)
    Erasure.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    erasing.carry_out(half.pk)
    half.refresh_from_db()
    assert (half.state, half.counts["calls"], half.attempts) == ("done", 4, 2)
    assert list(planting.traces()) == []


def killed(*args):
    raise KeyboardInterrupt


def test_while_one_worker_is_at_it_another_leaves_it_alone(halden):
    erasure = erasing.begin(halden, by=None)
    erasing.claim(erasure.pk)
    erasing.carry_out(erasure.pk)
    assert Call.objects.filter(customer=halden).exists()


def test_asked_twice_it_is_one_erasure(halden, admin):
    assert erasing.begin(halden, by=admin) == erasing.begin(halden, by=None)


def test_lines_that_still_wait_keep_it_open_until_they_were_read(halden, rep):
    name = spool.put(json.dumps({"external_id": "9", "customer": {"external_id": halden.external_id}}).encode())
    batch = Batch.objects.create(by=rep, total=1, spool_name=name)
    erasure = erasing.erase_customer(halden)
    assert erasure.state == "asked"
    came_again = factories.call(customer=halden)
    spool.delete(name)
    Batch.objects.filter(pk=batch.pk).update(state="done", spool_name="")
    Erasure.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    erasing.carry_out(erasure.pk)
    assert not Call.objects.filter(pk=came_again.pk).exists()
    assert list(planting.traces()) == []


def test_an_answer_that_named_the_customer_is_not_given_again(halden):
    kept = KeyedRequest.objects.get(key="a")
    erasing.erase_customer(halden)
    kept.refresh_from_db()
    assert (kept.status, kept.told) == (200, "")


@pytest.mark.parametrize("typed", ["", "Halden", "erase"])
def test_without_the_name_nothing_is_erased(halden, admin, typed):
    with pytest.raises(erasing.ErasureRefused):
        erasing.ask(halden, typed=typed, by=admin)
    assert not Erasure.objects.exists()


def test_the_sweep_sends_a_worker_to_what_nobody_is_at(halden, admin, enqueued):
    erasing.ask(halden, typed=f" {halden} ", by=admin)
    enqueued.clear()
    erasing.sweep()
    assert enqueued == []
    Erasure.objects.update(created_at=timezone.now() - timedelta(hours=1))
    erasing.sweep()
    assert len(enqueued) == 1
