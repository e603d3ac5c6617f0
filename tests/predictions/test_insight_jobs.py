"""Answers, drafts and briefs: asked for by a person, made of calls that the person may see, with or without a model."""

import json
from contextlib import suppress

import pytest
from django.core.cache import cache
from langchain_core.messages import AIMessage

from calls.models import User
from predictions import scoring, search, tasks
from predictions.insights import jobs
from predictions.insights.jobs import JobRefused
from predictions.models import InsightJob, ModelUse, ReadCall
from tests import factories
from tests.at_once import at_once

pytestmark = pytest.mark.django_db
ASK, FOLLOW_UP, BRIEF = InsightJob.Kind.ASK, InsightJob.Kind.FOLLOW_UP, InsightJob.Kind.CALL_BRIEF
TURNS = (
    ("rep", "Good morning, what made you look for a new system?"),
    ("customer", "We need faster reports, ours take two days every month."),
    ("rep", "What budget did you set aside?"),
    ("customer", "About 20,000 dollars for this quarter."),
    ("rep", "I will send you the contract by Friday."),
)


@pytest.fixture(autouse=True)
def no_encoder(monkeypatch):
    """Nobody encodes a question; tests that want it say so."""
    monkeypatch.setattr(search, "SECONDS_TO_ENCODE", 0.1)


@pytest.fixture
def call(rep):
    return factories.call(TURNS, rep=rep, team=rep.team, customer=factories.customer(name="Halden"))


def made(kind: str, by: User, **about) -> InsightJob:
    job = jobs.ask(kind, by, **about)
    jobs.write(job.pk)
    job.refresh_from_db()
    assert job.state == "done"
    return job


def quoted(job: InsightJob, part: str = "quotes") -> list[tuple[int, str]]:
    found = job.content[part]
    quotes = found if part == "quotes" else [quote for point in found for quote in point["quotes"]]
    return [(quote["turn"], quote["quote"]) for quote in quotes]


def test_a_question_is_answered_with_the_sentences_that_hold_its_words_and_what_was_said_next(call, rep):
    job = made(ASK, rep, call=call, question="What is their budget?")
    assert job.content["is_said"]
    assert quoted(job) == [
        (2, "What budget did you set aside?"),
        (3, "About 20,000 dollars for this quarter."),
    ]
    assert "no language model" in job.content["notice"]


@pytest.mark.parametrize(
    "question",
    [
        "Do they like pineapple?",
        "What about the warranty?",
        "Who?",
        "Is O'Brien's 'pineapple' mentioned?",
        "Budget of pineapple farm",
    ],
)
def test_where_the_call_does_not_say_the_answer_says_that(call, rep, question):
    job = made(ASK, rep, call=call, question=question)
    assert (job.content["is_said"], job.content["answer"], job.content["quotes"]) == (
        False,
        "The calls do not say.",
        [],
    )


def test_a_question_over_all_calls_reads_those_that_the_person_may_see_and_no_other(call, rep, stranger):
    hidden = factories.call([("customer", "Our budget is a secret pineapple.")], rep=stranger, team=stranger.team)
    job = made(ASK, rep, question="What is their budget?")
    assert {quote["call"] for quote in job.content["quotes"]} == {call.pk}
    assert "pineapple" not in json.dumps(job.content)
    assert list(job.calls.all()) == [call]
    assert made(ASK, stranger, question="What is their budget?").content["quotes"][0]["call"] == hidden.pk


def test_passages_come_from_the_vectors_where_a_worker_encodes_the_question(active, call, rep, monkeypatch):
    monkeypatch.setattr(tasks.encode_query, "delay", search.encode)
    scoring.score([call.pk])
    from predictions.insights import material

    monkeypatch.setattr(material, "by_words", lambda question, calls: [])
    assert quoted(made(ASK, rep, question="What budget?")) == quoted(made(ASK, rep, call=call, question="What budget?"))


def test_a_mail_is_drafted_from_needs_and_next_steps(call, rep):
    job = made(FOLLOW_UP, rep, call=call)
    assert "You said: “We need faster reports, ours take two days every month.”" in job.mail
    assert "I will send you the contract by Friday." in job.mail
    assert job.mail.startswith("Thank you")


def test_a_brief_reads_the_newest_calls_of_the_customer_and_names_the_call_of_each_quote(call, rep, stranger):
    later = factories.NOW.replace(day=9)
    newer = factories.call(
        [("customer", "We still need a demo.")], rep=rep, team=rep.team, customer=call.customer, started_at=later
    )
    factories.call(
        [("customer", "We need pineapples.")],
        rep=stranger,
        team=stranger.team,
        customer=call.customer,
        started_at=later,
    )
    job = made(BRIEF, rep, customer=call.customer)
    needs = [(quote["call"], quote["quote"]) for point in job.content["needs"] for quote in point["quotes"]]
    assert needs == [
        (newer.pk, "We still need a demo."),
        (call.pk, "We need faster reports, ours take two days every month."),
    ]
    assert quoted(job, "promised") == [(4, "I will send you the contract by Friday.")]
    assert "pineapples" not in json.dumps(job.content)


ANSWER = {"is_said": True, "answer": "20,000 dollars.", "quotes": [{"turn": 3, "quote": "about 20,000 dollars"}]}


def test_a_language_model_answers_from_numbered_lines_and_its_quotes_are_checked(language_model, call, rep):
    language_model.responses = [AIMessage(json.dumps(ANSWER))]
    job = made(ASK, rep, call=call, question="What is their budget?")
    assert (job.content["answer"], quoted(job)) == ("20,000 dollars.", [(3, "About 20,000 dollars")])
    assert (job.model, job.prompt_version, job.content["notice"]) == ("openai:fake", "1", "")
    asked = language_model.asked[0][1].content
    assert "[3] customer: About 20,000 dollars for this quarter." in asked
    assert "What is their budget?" in asked
    assert "Halden" not in language_model.told()
    assert ModelUse.objects.get().kind == "ask"


@pytest.mark.parametrize("wrong", [{"is_said": False}, {"quotes": []}, {"quotes": [{"turn": 3, "quote": "a million"}]}])
def test_an_answer_that_rests_on_no_words_is_none(language_model, call, rep, wrong):
    language_model.responses = [AIMessage(json.dumps(ANSWER | wrong))]
    job = made(ASK, rep, call=call, question="What is their budget?")
    assert (job.content["is_said"], job.content["answer"]) == (False, "The calls do not say.")


@pytest.mark.parametrize("kind", [ASK, FOLLOW_UP, BRIEF])
def test_where_the_model_fails_the_answer_is_made_without_it_and_says_why(language_model, call, rep, kind):
    language_model.responses = [AIMessage("I would rather not.")]
    about = {
        ASK: {"call": call, "question": "What budget?"},
        FOLLOW_UP: {"call": call},
        BRIEF: {"customer": call.customer},
    }
    job = made(kind, rep, **about[kind])
    assert job.model == "extractive"
    assert job.instead_of == "The language model answered in another form than it was asked for."
    assert job.content["notice"].startswith(job.instead_of)
    assert job.quotes_kept


@pytest.mark.parametrize("turns", [3, 200])
@pytest.mark.parametrize("kind", [ASK, FOLLOW_UP, BRIEF])
def test_what_is_made_of_a_part_of_a_long_call_says_so(rep, settings, kind, turns):
    settings.INSIGHTS_CONTEXT_TOKENS = 3500
    said = [("customer", f"Our budget is {number} dollars, and reports are slow.") for number in range(turns)]
    call = factories.call(said, rep=rep, team=rep.team, customer=factories.customer())
    about = {"customer": call.customer} if kind == BRIEF else {"call": call, "question": "What budget?"}
    assert (jobs.CUT in made(kind, rep, **about).content["notice"]) == (turns == 200)


def test_what_a_person_asks_is_redacted_before_it_is_kept(call, rep):
    job = jobs.ask(ASK, rep, call=call, question="Did  they\n give jane@acme.com?\0")
    assert job.question == "Did they give [EMAIL]?"


@pytest.mark.parametrize("question", ["", "  ", "\0", "x" * 501])
def test_a_question_that_is_none_is_refused(rep, question):
    with pytest.raises(JobRefused) as refusal:
        jobs.ask(ASK, rep, question=question)
    assert refusal.value.code == "question_missing"


def test_a_person_has_few_questions_open_at_once(call, rep, stranger):
    for _ in range(jobs.MOST_AT_ONCE):
        jobs.ask(ASK, rep, question="What budget?")
    with pytest.raises(JobRefused) as refusal:
        jobs.ask(ASK, rep, question="What budget?")
    assert refusal.value.code == "too_many_jobs"
    assert jobs.ask(ASK, stranger, question="What budget?")


@pytest.mark.django_db(transaction=True)
def test_questions_that_come_at_the_same_moment_are_counted_one_by_one(rep):
    def asked() -> bool:
        with suppress(JobRefused):
            return bool(jobs.ask(ASK, rep, question="What budget?"))
        return False

    assert sum(at_once(jobs.MOST_AT_ONCE + 3, asked)) == jobs.MOST_AT_ONCE == InsightJob.objects.count()


def test_only_the_asker_reads_an_answer_and_only_while_every_call_read_for_it_may_be_seen(call, rep, admin, stranger):
    job = made(ASK, rep, question="What is their budget?")
    assert [list(InsightJob.objects.visible_to(user)) for user in (rep, admin, stranger)] == [[job], [], []]
    call.team, call.rep = stranger.team, stranger
    call.save()
    assert not InsightJob.objects.visible_to(rep).exists()


def test_an_answer_goes_with_any_call_it_was_made_of(call, rep):
    other = factories.call([("customer", "Our budget is small.")], rep=rep, team=rep.team)
    job = made(ASK, rep, question="What is their budget?")
    assert set(job.calls.all()) == {call, other}
    other.delete()
    assert not InsightJob.objects.exists()
    assert not ReadCall.objects.exists()


def test_a_call_erased_while_the_answer_is_made_leaves_none(call, rep, monkeypatch):
    job = jobs.ask(ASK, rep, question="What is their budget?")
    read = jobs.read(job)
    monkeypatch.setattr(jobs, "read", lambda job: (call.delete(), read)[1])
    jobs.write(job.pk)
    assert not InsightJob.objects.exists()


def test_a_message_that_comes_twice_does_its_work_once(call, rep, monkeypatch):
    job = made(ASK, rep, question="What is their budget?")
    monkeypatch.setattr(jobs, "read", None)
    jobs.write(job.pk)
    assert InsightJob.objects.get(pk=job.pk).attempts == 1


def test_what_stopped_is_started_again_a_few_times_and_then_given_up(
    call, rep, settings, django_capture_on_commit_callbacks
):
    job = jobs.ask(ASK, rep, question="What is their budget?")
    for attempts, state in [(1, "asked"), (settings.MAX_ATTEMPTS, "failed")]:
        InsightJob.objects.update(state="running", attempts=attempts, lease_until=factories.NOW)
        with django_capture_on_commit_callbacks() as sent:
            jobs.sweep()
        job.refresh_from_db()
        assert (job.state, len(sent)) == (state, int(state == "asked"))


def test_answers_are_forgotten_after_a_week(call, rep):
    made(ASK, rep, question="What is their budget?")
    InsightJob.objects.update(created_at=factories.NOW)
    jobs.sweep()
    assert not InsightJob.objects.exists()
    cache.clear()
