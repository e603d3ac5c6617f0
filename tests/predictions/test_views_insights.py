"""Questions, drafts and briefs on the pages of a call, a customer and the list."""

import pytest
from django.urls import reverse

from predictions.insights import jobs
from predictions.models import InsightJob
from tests import factories

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def call(rep):
    turns = [*factories.TURNS, ("rep", "I will send you the <b>contract</b> by Friday.")]
    return factories.call(turns, rep=rep, team=rep.team, customer=factories.customer(name="Halden"))


@pytest.fixture
def reader(client, rep):
    client.force_login(rep)
    return client


def made(reader, address: str, **sent) -> str:
    """The fragment that stands there when the worker is done."""
    waiting = reader.post(address, sent, headers=HTMX).content.decode()
    job = InsightJob.objects.get()
    fetched = reverse("predictions:insight_job", args=[job.pk])
    assert f'hx-get="{fetched}"' in waiting
    jobs.write(job.pk)
    return reader.get(fetched, headers=HTMX).content.decode()


def test_an_answer_links_to_the_turns_it_rests_on(reader, call):
    text = made(reader, reverse("predictions:ask_call", args=[call.pk]), question="What budget is there?")
    assert f'href="/calls/{call.pk}/#turn-3"' in text
    assert "no language model read them" in text
    assert "hx-get" not in text


def test_an_answer_from_many_calls_names_the_call_of_each_quote(reader, call):
    assert "Halden, 2 Mar 2026" in made(reader, reverse("predictions:ask"), question="What budget is there?")


def test_a_draft_is_text_to_be_copied(reader, call):
    text = made(reader, reverse("predictions:ask_call", args=[call.pk]), kind="follow_up")
    assert "I will send you the &lt;b&gt;contract&lt;/b&gt; by Friday." in text
    assert "<textarea" in text


def test_a_brief_stands_on_the_customers_page(reader, call):
    assert "Write a brief" in reader.get(reverse("predictions:customer", args=[call.customer.pk])).content.decode()
    text = made(reader, reverse("predictions:brief", args=[call.customer.pk]))
    assert "What was promised" in text
    assert f'href="/calls/{call.pk}/#turn-4"' in text


def test_without_scripts_the_answer_is_a_page_of_its_own(reader, call):
    answer = reader.post(reverse("predictions:ask"), {"question": "What budget is there?"})
    job = InsightJob.objects.get()
    assert answer["Location"] == reverse("predictions:insight_job", args=[job.pk])
    assert "Look again" in reader.get(answer["Location"]).content.decode()
    assert "What budget is there?" in reader.get(reverse("predictions:ask")).content.decode()


def test_what_cannot_be_asked_is_said_in_place(reader, call):
    address = reverse("predictions:ask_call", args=[call.pk])
    assert "Expected a question" in reader.post(address, {"question": ""}, headers=HTMX).content.decode()
    assert reader.post(address, {"question": ""})["Location"] == reverse("predictions:call", args=[call.pk])


def test_one_that_was_given_up_says_so(reader, call, rep):
    job = jobs.ask("ask", rep, question="What budget is there?")
    InsightJob.objects.update(state="failed")
    assert "Ask again" in reader.get(reverse("predictions:insight_job", args=[job.pk])).content.decode()
