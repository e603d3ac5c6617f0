import pytest
from django.urls import reverse

from calls.models import Call, Label
from tests import factories


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def test_a_label_settles_the_outcome_and_names_who_said_it(visitor, rep):
    call = factories.call(rep=rep)
    answer = visitor.post(reverse("calls:labels", args=[call.pk]), {"outcome": "won", "note": "signed"}, follow=True)
    call.refresh_from_db()
    assert (call.outcome, call.label_state) == ("won", Call.LabelState.SINGLE)
    assert Label.objects.get().author == rep
    assert "signed" in answer.text


def test_an_htmx_label_answers_with_the_panel_and_the_new_outcome(visitor, rep):
    call = factories.call(rep=rep)
    answer = visitor.post(reverse("calls:labels", args=[call.pk]), {"outcome": "lost"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert 'id="outcome-chip" hx-swap-oob="true"' in answer.text
    assert "Recorded: lost" in answer.text


def test_an_outcome_known_before_the_call_is_refused_in_words(visitor, rep):
    call = factories.call(rep=rep)
    data = {"outcome": "won", "known_on": "2020-01-01"}
    answer = visitor.post(reverse("calls:labels", args=[call.pk]), data, headers={"HX-Request": "true"})
    assert "cannot be known before the call began" in answer.text
    assert not Label.objects.exists()


def test_an_outcome_that_does_not_exist_is_refused(visitor, rep):
    call = factories.call(rep=rep)
    answer = visitor.post(reverse("calls:labels", args=[call.pk]), {"outcome": "maybe"}, headers={"HX-Request": "true"})
    assert "Choose won, lost or cannot tell" in answer.text
    assert not Label.objects.exists()


def test_a_stranger_cannot_label_a_call_and_does_not_learn_of_it(client, stranger, rep):
    call = factories.call(rep=rep)
    client.force_login(stranger)
    assert client.post(reverse("calls:labels", args=[call.pk]), {"outcome": "won"}).status_code == 404
    assert not Label.objects.exists()
