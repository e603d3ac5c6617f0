"""Evidence becomes an outcome, and what cannot be true is refused."""

from datetime import timedelta

import pytest

from calls import labels
from calls.models import Call, Label, User
from calls.signals import label_resolved
from tests import factories

DAY = timedelta(days=1)
LATER = factories.NOW + 7 * DAY
KINDS = Label.Source


@pytest.fixture
def call(db) -> Call:
    return factories.call(deal="deal-1")


def say(outcome, *, call=None, deal="", source=KINDS.CRM, origin="crm", known_at=LATER, **fields) -> Label:
    return labels.record(
        outcome=outcome, call=call, deal=deal, source=source, origin=origin, known_at=known_at, **fields
    )


def settled(call: Call) -> tuple:
    call.refresh_from_db()
    return call.label_state, call.outcome, call.outcome_known_at


def test_one_source_settles_and_a_second_one_verifies(call):
    say("won", call=call)
    assert settled(call) == ("single", "won", LATER)
    say("won", call=call, source=KINDS.PERSON, origin="rita", known_at=LATER - DAY)
    assert settled(call) == ("verified", "won", LATER - DAY)


def test_the_same_source_twice_is_still_one_source(call):
    say("won", call=call)
    say("won", call=call)
    assert settled(call)[0] == "single"


def test_one_person_by_two_ways_is_one_source_and_corrects_the_own_word(call, rep):
    for source, outcome in ((KINDS.PERSON, "won"), (KINDS.API, "won"), (KINDS.CRM, "lost")):
        say(outcome, call=call, source=source, origin=source, author=rep)
    assert settled(call)[:2] == ("single", "lost")


def test_two_people_are_two_sources(call):
    for name in ("rita", "mona"):
        say("lost", call=call, source=KINDS.PERSON, origin=name)
    assert settled(call)[:2] == ("verified", "lost")


def test_sources_that_contradict_each_other_are_a_conflict_until_one_corrects_itself(call):
    say("won", call=call)
    say("lost", call=call, source=KINDS.PERSON, origin="rita")
    assert settled(call) == ("conflict", "", None)
    say("lost", call=call)
    assert settled(call)[:2] == ("verified", "lost")


def test_two_people_outweigh_a_system_that_spoke_before_them_until_it_says_something_new(call):
    say("won", call=call, known_at=LATER - DAY)
    for name in ("rita", "mona"):
        say("lost", call=call, source=KINDS.PERSON, origin=name)
    assert settled(call) == ("verified", "lost", LATER)
    say("won", call=call)  # only repeats itself
    assert settled(call)[:2] == ("verified", "lost")
    say("won", call=call, origin="other crm")
    assert settled(call)[0] == "conflict"


def test_one_person_who_cannot_tell_leaves_it_open_and_two_make_it_unclear(call):
    say("unclear", call=call, source=KINDS.PERSON, origin="rita")
    assert settled(call) == ("unlabelled", "", None)
    say("unclear", call=call, source=KINDS.PERSON, origin="mona")
    assert settled(call) == ("unclear", "", None)
    assert list(labels.trainable()) == []
    assert labels.class_balance()["unclear"] == 1


def test_an_outcome_that_comes_later_settles_what_two_people_could_not_tell(call):
    for name in ("rita", "mona"):
        say("unclear", call=call, source=KINDS.PERSON, origin=name)
    say("won", call=call)
    assert settled(call) == ("single", "won", LATER)


def test_whoever_cannot_tell_after_all_takes_the_own_word_back_and_denies_nobody(call):
    say("won", call=call)
    say("lost", call=call, source=KINDS.PERSON, origin="rita")
    assert settled(call)[0] == "conflict"
    say("unclear", call=call, source=KINDS.PERSON, origin="rita")
    assert settled(call)[:2] == ("single", "won")


def test_systems_that_disagree_leave_a_call_unclear_once_two_people_cannot_tell(call):
    say("won", call=call)
    say("lost", call=call, origin="other crm")
    for name in ("rita", "mona"):
        say("unclear", call=call, source=KINDS.PERSON, origin=name)
    assert settled(call) == ("unclear", "", None)


def test_a_system_that_says_nothing_any_more_makes_no_call_unclear(call):
    for origin in ("crm", "other crm"):
        say("unclear", call=call, origin=origin)
    assert settled(call)[0] == "unlabelled"


def test_people_who_disagree_outweigh_nobody(call):
    say("won", call=call)
    for name, outcome in (("rita", "lost"), ("mona", "lost"), ("sam", "won")):
        say(outcome, call=call, source=KINDS.PERSON, origin=name)
    assert settled(call)[0] == "conflict"


def test_a_prediction_is_no_evidence(call):
    say("won", call=call, source=KINDS.PREDICTION, origin="version 3")
    assert settled(call)[0] == "unlabelled"


def test_a_deal_outcome_applies_to_its_earlier_calls(call):
    after = factories.call(deal="deal-1", started_at=LATER + DAY)
    say("won", deal="deal-1")
    assert settled(call) == ("single", "won", LATER)
    assert settled(after)[0] == "unlabelled"


def test_a_corrected_date_of_a_deal_takes_the_outcome_from_the_later_call(call):
    after = factories.call(deal="deal-1", started_at=LATER + DAY)
    say("won", deal="deal-1", known_at=LATER + 2 * DAY)
    assert settled(after)[1] == "won"
    say("won", deal="deal-1")
    assert settled(after)[0] == "unlabelled"


def test_a_deal_without_calls_may_be_labelled(db):
    assert say("lost", deal="nobody called yet").pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"known_at": factories.NOW - DAY}, "known_at"),
        ({"known_at": factories.NOW + 3650 * DAY}, "known_at"),
        ({"outcome": "maybe"}, "outcome"),
        ({"source": "rumour"}, "source"),
        ({"deal": "deal-1"}, "deal"),
        ({"note": "x" * 2001}, "note"),
        ({"origin": "a\0"}, "origin"),
    ],
)
def test_what_cannot_be_true_is_refused_and_not_written(call, changes, field):
    with pytest.raises(labels.LabelRefused) as refusal:
        say(**({"outcome": "won", "call": call} | changes))
    assert list(refusal.value.fields) == [field]
    assert not Label.objects.exists()


def test_a_note_is_redacted(call):
    assert "555" not in say("won", call=call, note="ring +1 415 555 0100").note


def test_many_notes_at_once_are_redacted_too(call):
    fields = {"outcome": "won", "source": KINDS.CRM, "origin": "crm", "known_at": LATER}
    (label,) = labels.record_all([Label(call=call, note=" ring +1 415 555 0100 ", **fields)])
    assert label.note == "ring [PHONE]"


def test_higher_apps_hear_of_a_change_and_only_of_a_change(call):
    heard = []

    def hear(calls, **_):
        heard.extend(call.outcome for call in calls)

    label_resolved.connect(hear)
    say("won", call=call)
    say("won", call=call)
    label_resolved.disconnect(hear)
    assert heard == ["won"]


def test_verified_labels_can_be_demanded(call, settings):
    say("won", call=call)
    assert list(labels.trainable()) == [call]
    settings.REQUIRE_VERIFIED_LABELS = True
    assert list(labels.trainable()) == []


def test_the_class_balance_counts_what_may_be_learned_from(call):
    factories.call(outcome="won", customer=factories.customer())
    factories.call(outcome="lost")
    factories.call(outcome="won", state=Call.State.REJECTED)
    say("won", call=call)
    say("lost", call=call, origin="other crm")
    assert labels.class_balance() == {"won": 1, "lost": 1, "unlabelled": 0, "conflict": 1, "unclear": 0}


def test_conflicts_come_first_in_the_queue(admin, call):
    older = factories.call(started_at=factories.NOW - DAY)
    factories.call(outcome="won")
    say("won", call=call)
    say("lost", call=call, origin="other crm")
    assert list(labels.queue(admin)) == [call, older]


def test_the_queue_holds_only_what_one_may_see(call, rep):
    own = factories.call(rep=rep)
    assert list(labels.queue(rep)) == [own]
    assert list(labels.queue(factories.user(role=User.Role.REP))) == []


def test_settling_many_calls_costs_no_query_for_each(db, django_assert_max_num_queries):
    for _ in range(30):
        factories.call(deal="big")
    with django_assert_max_num_queries(12):
        say("won", deal="big")
    assert Call.objects.filter(outcome="won").count() == 30
