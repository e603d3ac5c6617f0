from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, Label
from tests import factories

TALK = "Rep: Good morning, what can I do for you?\nCustomer: We look for a new reporting tool this quarter.\n"
KNOWN = {"customer": "C-1", "customer_name": "Halden", "started_at": "2026-03-02T09:00"}


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


def file(name="call.txt", content=TALK):
    return SimpleUploadedFile(name, content.encode())


def test_whoever_is_not_logged_in_is_sent_to_the_login(client, db):
    answer = client.get(reverse("calls:upload"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))


def test_the_upload_form_knows_the_rep_already(visitor, rep):
    assert f'value="{rep.username}"' in visitor.get(reverse("calls:upload")).text


def test_a_pasted_conversation_becomes_a_call_and_its_page_opens(visitor, rep):
    answer = visitor.post(reverse("calls:upload"), {**KNOWN, "transcript": TALK, "rep": rep.username})
    call = Call.objects.get()
    assert answer.url == reverse("predictions:call", args=[call.pk])
    assert call.customer.name == "Halden"
    assert call.rep == rep
    assert call.turns.count() == 2


def test_a_file_becomes_a_call_that_waits_to_be_read(visitor):
    answer = visitor.post(reverse("calls:upload"), {**KNOWN, "file": [file()]})
    assert answer.status_code == 302
    assert Call.objects.get().file_name == "call.txt"


def test_of_several_files_each_says_what_became_of_it(visitor):
    answer = visitor.post(reverse("calls:upload"), {**KNOWN, "file": [file("a.txt"), file("empty.txt", "")]})
    assert answer.status_code == 200
    assert Call.objects.count() == 1
    assert "a.txt" in answer.text
    assert "empty" in answer.text.split("Not taken")[1]


def test_the_same_conversation_twice_leads_to_the_call_that_is_there(visitor):
    first = visitor.post(reverse("calls:upload"), {**KNOWN, "transcript": TALK})
    again = visitor.post(reverse("calls:upload"), {**KNOWN, "transcript": TALK}, follow=True)
    assert again.redirect_chain[0][0] == first.url
    assert "was here already" in again.text


def test_nothing_to_upload_says_what_to_do(visitor):
    answer = visitor.post(reverse("calls:upload"), KNOWN)
    assert answer.status_code == 422
    assert "Choose at least one file" in answer.text


def test_a_call_in_the_future_is_refused_in_words(visitor):
    tomorrow = timezone.now() + timedelta(days=5)
    data = {**KNOWN, "started_at": tomorrow.strftime("%Y-%m-%dT%H:%M"), "transcript": TALK}
    answer = visitor.post(reverse("calls:upload"), data)
    assert answer.status_code == 422
    assert "lies in the future" in answer.text
    assert not Call.objects.exists()


def test_a_year_that_no_call_can_have_is_refused_in_words(visitor):
    answer = visitor.post(reverse("calls:upload"), {**KNOWN, "started_at": "0001-01-01T00:00", "transcript": TALK})
    assert answer.status_code == 422
    assert "Expected a time in the years 1970 to 2100." in answer.text


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
