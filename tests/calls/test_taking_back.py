"""Evidence that was a mistake is taken back, and nothing of it is lost."""

import pytest
from django.urls import reverse

from calls import labels
from calls.models import Call, Label
from calls.taking_back import take_back
from tests import factories

CRM = {"source": Label.Source.CRM, "origin": "hubspot"}


@pytest.fixture
def call(db) -> Call:
    return factories.call(deal="deal-1")


def outcome(call: Call) -> tuple[str, str]:
    call.refresh_from_db()
    return call.label_state, call.outcome


def test_what_a_system_said_first_is_taken_back_to_nothing_and_stays_in_the_history(call, admin):
    wrong = labels.record(call=call, outcome="won", **CRM)
    [added] = take_back([wrong], admin).done
    assert outcome(call) == ("unlabelled", "")
    assert (added.outcome, added.origin, added.note) == ("unclear", "hubspot", "Taken back by ada.")
    assert Label.objects.filter(pk=wrong.pk).exists()


def test_what_it_said_before_counts_again_from_when_that_was_known(call, admin):
    first = labels.record(deal="deal-1", outcome="won", known_at=factories.NOW.replace(day=9), **CRM)
    take_back([labels.record(deal="deal-1", outcome="lost", **CRM)], admin)
    assert outcome(call) == ("single", "won")
    assert call.outcome_known_at == first.known_at


def test_taken_back_once_more_it_counts_again(call, admin):
    [added] = take_back([labels.record(call=call, outcome="won", **CRM)], admin).done
    take_back([added], admin)
    assert outcome(call) == ("single", "won")


def test_a_word_that_was_followed_by_another_and_a_word_of_somebody_else_are_left_alone(call, admin, rep):
    person = {"source": Label.Source.PERSON, "origin": "rita", "author": rep}
    old, _, theirs = (
        labels.record(call=call, outcome=word, **who)
        for word, who in zip(("won", "lost", "lost"), (CRM, CRM, person), strict=True)
    )
    report = take_back([old, theirs], admin)
    assert report.done == []
    assert [refusal.fields["label"] for _, refusal in report.refused] == [
        "hubspot said something later, and that is what counts.",
        "rita said so; only they can take it back.",
    ]


def test_an_admin_takes_back_what_another_admin_brought_in_a_file_and_staff_does_not(call, admin, rep):
    brought = {"source": Label.Source.CRM, "origin": "CSV import", "author": factories.user("eva", role="admin")}
    wrong = labels.record(call=call, outcome="won", **brought)
    assert take_back([wrong], rep).done == []
    [added] = take_back([wrong], admin).done
    assert (outcome(call), added.note) == (("unlabelled", ""), "Taken back by ada.")


def test_the_admin_takes_back_what_is_chosen_and_says_what_was_not(client, call, admin, rep):
    client.force_login(admin)
    wrong = labels.record(call=call, outcome="won", **CRM)
    theirs = labels.record(call=call, outcome="won", source=Label.Source.PERSON, origin="rita", author=rep)
    data = {"action": "take_back", "_selected_action": [wrong.pk, theirs.pk]}
    page = client.post(reverse("admin:calls_label_changelist"), data, follow=True).text
    assert "1 taken back." in page
    assert "rita said so; only they can take it back." in page
    assert outcome(call) == ("single", "won")
