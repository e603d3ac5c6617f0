"""Outcomes that a training doubts wait in the labelling queue until two people have said what became of the call."""

from datetime import timedelta

import pytest
from django.urls import reverse

from calls import labels
from calls.models import Call, Label, User
from mltraining.models import LabelSuspect, ModelVersion
from predictions import labelling
from tests import factories, small_models

QUEUE = reverse("admin:calls_call_queue")


@pytest.fixture
def version(db) -> ModelVersion:
    return small_models.version(ModelVersion.State.CANDIDATE, report={"label_noise": {"checked": 90, "suspects": 1}})


@pytest.fixture
def second(db) -> User:
    return factories.user("bea", role=User.Role.ADMIN, is_staff=True, is_superuser=True)


def doubt(version: ModelVersion, call: Call, probability: float = 0.1) -> Call:
    """The version's training doubts that the call is won."""
    LabelSuspect.objects.create(version=version, call=call, outcome="won", probability=probability, quality=probability)
    return call


@pytest.fixture
def suspect(version) -> Call:
    return doubt(version, factories.call(outcome="won"))


def asked(user: User) -> list[Call]:
    return list(labelling.queue(user))


def settled(call: Call) -> tuple[str, str]:
    call.refresh_from_db()
    return call.label_state, call.outcome


def test_conflicts_come_first_then_the_most_doubtful_then_what_the_model_knows_least_then_the_oldest(
    active, version, admin
):
    waiting = factories.call()
    less, more = (factories.call(outcome="won"), factories.call(outcome="won"))
    doubt(version, less, 0.15)
    doubt(version, more, 0.05)
    older = factories.call(started_at=factories.NOW - timedelta(days=1))
    unsure = factories.call()
    unsure.predictions.create(version=active, probability=0.5, band="B", turns_seen=4, latency_ms=1)
    disputed = factories.call(outcome="won")
    labels.record(call=disputed, outcome="lost", source=Label.Source.CRM, origin="other crm")
    assert asked(admin) == [disputed, more, less, unsure, older, waiting]


def test_two_people_who_confirm_settle_it(suspect, admin, second):
    labelling.record(suspect, "won", by=admin)
    assert (asked(admin), asked(second)) == ([], [suspect])
    labelling.record(suspect, "won", by=second)
    assert (asked(admin), asked(second)) == ([], [])
    assert settled(suspect) == ("verified", "won")


def test_two_people_who_correct_settle_it_against_the_system_and_the_next_training_learns_from_it(
    suspect, admin, second
):
    labelling.record(suspect, "lost", by=admin)
    assert settled(suspect) == ("conflict", "")
    assert (asked(admin), asked(second)) == ([], [suspect])
    labelling.record(suspect, "lost", by=second)
    assert settled(suspect) == ("verified", "lost")
    assert asked(second) == []
    assert list(labels.trainable()) == [suspect]


def test_one_person_who_answers_twice_is_still_one(suspect, admin, second):
    for _ in range(2):
        labelling.record(suspect, "won", by=admin)
    assert asked(second) == [suspect]


def test_two_people_who_disagree_are_both_asked_again(suspect, admin, second):
    labelling.record(suspect, "won", by=admin)
    labelling.record(suspect, "lost", by=second)
    assert (asked(admin), asked(second)) == ([suspect], [suspect])
    labelling.record(suspect, "lost", by=admin)
    assert (settled(suspect), asked(admin)) == (("verified", "lost"), [])


def test_whoever_cannot_tell_is_not_asked_again_and_after_a_second_one_nobody_is(admin, second, manager):
    call = factories.call()
    labelling.record(call, "unclear", by=admin)
    assert (asked(admin), asked(second)) == ([], [call])
    labelling.record(call, "unclear", by=second)
    assert asked(factories.user(role=User.Role.ADMIN)) == []
    assert settled(call) == ("unclear", "")


def test_two_people_who_looked_settle_a_doubt_also_if_they_cannot_tell(suspect, admin, second):
    labelling.record(suspect, "unclear", by=admin)
    assert asked(second) == [suspect]
    labelling.record(suspect, "won", by=second)
    assert asked(factories.user(role=User.Role.ADMIN)) == []


def test_in_a_conflict_whoever_cannot_tell_is_left_alone_while_others_are_asked(admin, second):
    call = factories.call(outcome="won")
    labelling.record(call, "lost", by=admin)
    labelling.record(call, "unclear", by=second)
    third = factories.user(role=User.Role.ADMIN)
    assert (asked(admin), asked(second), asked(third)) == ([], [], [call])


def test_what_others_answered_is_shown_after_the_own_answer_only(suspect, admin, second):
    labelling.answer(suspect, "lost", by=second)
    assert [row.origin for row in labelling.shown_evidence(admin, suspect)] == ["crm"]
    labelling.answer(suspect, "won", by=admin)
    assert [row.origin for row in labelling.shown_evidence(admin, suspect)] == ["crm", "bea", "ada"]


def test_only_a_first_answer_in_the_queue_is_blind(suspect, admin):
    for _ in range(2):
        labelling.answer(suspect, "lost", by=admin)
    labelling.record(factories.call(), "won", by=admin)
    assert list(Label.objects.filter(author=admin).order_by("pk").values_list("blind", flat=True)) == [
        True,
        False,
        False,
    ]


def test_what_two_people_settled_does_not_come_back_with_the_next_training(suspect, admin, second):
    for person in (admin, second):
        labelling.record(suspect, "won", by=person)
    doubt(small_models.version(ModelVersion.State.CANDIDATE), suspect)
    assert asked(factories.user(role=User.Role.ADMIN)) == []


def test_only_the_newest_training_doubts(suspect, admin):
    small_models.version(ModelVersion.State.CANDIDATE)
    assert asked(admin) == []


def test_an_outcome_that_was_corrected_at_its_source_is_doubted_no_more(suspect, admin):
    labels.record(call=suspect, outcome="lost", source=Label.Source.CRM, origin="crm")
    assert asked(admin) == []


def test_nobody_is_asked_about_calls_that_they_may_not_see(version, rep, stranger, manager, team):
    suspect = doubt(version, factories.call(outcome="won", rep=rep, team=team))
    assert (asked(rep), asked(manager), asked(stranger)) == ([suspect], [suspect], [])


def test_the_queue_says_what_is_doubted_and_why(suspect, desk):
    page = desk.get(QUEUE).content.decode()
    assert "1 call waiting, 1 of them with a doubtful outcome" in page
    assert "Is “won” right?" in page
    assert "give it 10\u202f% to be won" in page
    assert "set aside a budget" in page


def test_the_first_answer_says_that_somebody_else_is_asked(suspect, desk):
    desk.post(QUEUE, {"call": suspect.pk, "answer": "lost"})
    page = desk.get(QUEUE).content.decode()
    assert "A second person is asked as well." in page
    assert "Nothing waits for a label" in page


@pytest.mark.parametrize("named", ["0", "x", "9" * 5000])
def test_a_call_that_is_not_there_is_not_labelled(desk, named):
    assert desk.post(QUEUE, {"answer": "won", "call": named}).status_code == 404


@pytest.mark.parametrize(
    ("staff", "shown"), [(True, True), (False, False)], ids=["staff find the queue", "others only the number"]
)
def test_run_and_model_page_tell_how_many_outcomes_are_doubted(client, version, rep, staff, shown):
    User.objects.filter(pk=rep.pk).update(is_staff=staff)
    client.force_login(rep)
    for name, pk in (("predictions:model", version.pk), ("mltraining:run", version.run_id)):
        page = client.get(reverse(name, args=[pk])).text
        assert "<strong>1</strong> of 90 recorded outcomes" in page
        assert (QUEUE in page) == shown
