import re
from datetime import timedelta

import pytest
from django.urls import reverse

from calls.models import Call
from predictions.models import Insight
from predictions.paging import PAGE_SIZE
from tests import factories
from tests.predictions import watching

HTMX = {"HX-Request": "true"}
LIST = "/"
REASONS = [
    {"kind": "turn", "name": "", "text": "…", "value": None, "turn": 3, "contribution": 1.2},
    {"kind": "feature", "name": "talk_ratio", "text": "0.8", "value": 0.8, "turn": None,
     "contribution": -0.4},
]  # fmt: skip


@pytest.fixture
def visitor(client, rep):
    client.force_login(rep)
    return client


@pytest.fixture
def scored(rep, team):
    customer = factories.customer("C-7", name="Halden <Logistics>", segment="Enterprise")
    call = factories.call(rep=rep, team=team, customer=customer, state=Call.State.SCORED)
    watching.prediction(call, 0.62, band="B", reasons=REASONS, curve=[None, 0.4, 0.5, 0.62])
    return call


def address(call, name="call"):
    return reverse(f"predictions:{name}", args=[call.pk])


def test_the_list_shows_band_probability_and_customer(visitor, scored):
    text = visitor.get(LIST).text
    assert "62\u202f%" in text
    assert "band-b" in text
    assert "Halden &lt;Logistics&gt;" in text


def test_the_empty_list_says_what_to_do_next(visitor):
    text = visitor.get(LIST).text
    assert "No calls yet" in text
    assert reverse("calls:upload") in text


def test_calls_without_a_model_say_how_to_get_one(visitor, rep):
    factories.call(rep=rep)
    assert "No model serves yet" in visitor.get(LIST).text


def test_a_call_that_waits_and_one_that_was_rejected_say_so(visitor, rep):
    watching.active()
    factories.call(rep=rep)
    factories.call((), rep=rep, state=Call.State.REJECTED, reason="Line 3: no speaker.")
    text = visitor.get(LIST).text
    assert "Waiting for a score" in text
    assert "Line 3: no speaker." in text


@pytest.mark.parametrize(("file_name", "shown"), [("monday.vtt", "monday.vtt"), ("", "7f7f")])
def test_rejected_files_of_one_customer_are_told_apart(visitor, rep, file_name, shown):
    delivered = {"file_name": file_name, "external_id": "7f7f", "customer": factories.customer(name="Halden")}
    factories.call((), rep=rep, state=Call.State.REJECTED, reason="Line 3: no speaker.", **delivered)
    row = " ".join(re.sub("<[^>]*>", "", visitor.get(LIST).text).split())
    assert f"Halden {shown}: Line 3: no speaker." in row


def test_an_htmx_request_gets_the_rows_alone(visitor, scored):
    text = visitor.get(LIST, headers=HTMX).text
    assert "<html" not in text
    assert 'id="calls"' in text


def test_a_search_finds_what_was_said_and_links_to_the_turn(visitor, scored, rep):
    factories.call([("rep", "Nothing of interest.")], rep=rep)
    answer = visitor.get(LIST, {"q": "budget"})
    assert "<mark>budget</mark>" in answer.text
    assert f"{address(scored)}#turn-3" in answer.text
    assert answer.context["total"] == 1


@pytest.mark.parametrize("query", [{"q": "\0"}, {"q": "budget\0"}, {"sort": "\0"}, {"cursor": "\0"}, {"segment": "\0"}])
def test_the_list_opens_whatever_stands_in_its_address(visitor, scored, query):
    assert visitor.get(LIST, query).status_code == 200


def test_a_cursor_of_another_sort_opens_the_first_page(visitor, rep):
    for _ in range(PAGE_SIZE + 1):
        factories.call((), rep=rep)
    cursor = visitor.get(LIST, {"sort": "customer"}).context["page"].next
    newest = visitor.get(LIST, {"sort": "newest", "cursor": cursor}).context["page"]
    assert cursor
    assert not newest.previous


def test_strangers_see_neither_the_call_nor_that_it_exists(client, stranger, scored):
    client.force_login(stranger)
    assert "Halden" not in client.get(LIST).text
    for name in ("call", "score", "similar"):
        assert client.get(address(scored, name)).status_code == 404


def test_counting_ends_where_nobody_reads_on(visitor, rep, monkeypatch):
    monkeypatch.setattr("predictions.views.MOST_COUNTED", 2)
    for _ in range(3):
        factories.call(rep=rep)
    assert "More than 2 calls" in visitor.get(LIST).text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("name", ["since", "until"])
def test_days_at_the_edges_of_the_calendar_narrow_nothing(visitor, scored, name, day):
    assert visitor.get(LIST, {name: day}).context["page"].rows == [scored]


def test_a_name_and_a_spoken_word_are_found_by_one_search(visitor, rep):
    spoken = factories.call([("customer", "Kestrel offered less.")], rep=rep)
    named = factories.call(rep=rep, customer=factories.customer(name="Kestrel Ltd"))
    numbered = factories.call(rep=rep, external_id="KESTREL")
    factories.call(rep=rep)
    found = {call.pk for call in visitor.get(LIST, {"q": "kestrel"}).context["page"].rows}
    assert found == {spoken.pk, named.pk, numbered.pk}


@pytest.mark.parametrize("count", [2, 12])
def test_the_list_costs_the_same_for_any_number_of_calls(visitor, rep, team, count, django_assert_max_num_queries):
    watching.active()
    for number in range(count):
        customer = factories.customer(segment=f"S{number}")
        watching.prediction(factories.call(rep=rep, team=team, customer=customer), 0.3, band="C")
    with django_assert_max_num_queries(19):
        assert visitor.get(LIST, {"q": "budget"}).context["total"] == count


def test_large_counts_are_written_as_people_read_them(visitor, rep):
    call = factories.call(rep=rep, turn_count=10_000, word_count=70_000)
    text = visitor.get(address(call)).text
    assert "<span>10,000 turns</span>" in text
    assert "10,000 turns, 70,000 words" in text


def test_the_call_page_answers_first_and_every_reason_leads_to_its_turn(visitor, scored):
    text = visitor.get(address(scored)).text
    assert "62\u202f%" in text
    assert "band B" in text
    assert 'href="#turn-3"' in text
    assert 'id="turn-3"' in text
    assert "Talk ratio of the rep: 80\u202f%" in text


def test_what_the_rep_said_unfolds_and_every_reason_is_told_from_the_base_rate_on(visitor, rep):
    call = factories.call(rep=rep, state=Call.State.SCORED)
    reasons = [{"kind": "turn", "turn": turn, "contribution": 0.5} for turn in (2, 3)]
    version = watching.version(report={"counts": {"won": 1, "lost": 1}})
    watching.prediction(call, 0.62, band="B", reasons=reasons, version=version)
    text = visitor.get(address(call)).text
    assert "What the rep said" in text
    assert (
        text.count("50\u202f% were won; this alone would make it 62\u202f%.") == 4
    )  # as a title and for screen readers
    assert text.count("▲ speaks for it") == 1


def test_a_turn_costs_the_page_little(visitor, rep):
    spoken = [("rep", "And?"), ("customer", "Yes.")]
    short, long = (len(visitor.get(address(factories.call(spoken * n, rep=rep))).content) for n in (150, 300))
    assert (long - short) / 300 < 600  # bytes


def test_the_probability_along_the_call_also_stands_in_a_table(visitor, scored):
    text = visitor.get(address(scored)).text
    assert "<polyline" in text
    assert "As a table" in text


def test_the_limits_of_the_bands_stand_beside_the_plot_and_not_in_it(visitor, scored):
    text = visitor.get(address(scored)).text
    plot = re.search(r'<svg class="axes-plot".*?</svg>\s*</svg>', text, re.DOTALL)[0]
    assert "<text" not in plot
    assert "50\u202f%</text>" in text


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ([0.1] * 9, None),
        ([0.1] * 10, "than 10 of 10 other"),
        ([0.1] * 10 + [0.9], "than 9 of 10 other"),
        ([0.62] * 10, "than nearly none of the other"),
    ],
)
def test_a_call_stands_among_the_other_calls_rounded_down(visitor, scored, rep, others, said):
    for probability in others:
        watching.prediction(factories.call(rep=rep), probability, band="B")
    text = visitor.get(address(scored)).text
    assert (said in text) if said else "Likelier to convert" not in text


def test_a_call_that_was_scored_again_counts_once_among_the_others(visitor, scored, rep):
    again = factories.call(rep=rep)
    for _ in range(10):
        watching.prediction(again, 0.1, band="D")
    assert "Likelier to convert" not in visitor.get(address(scored)).text


def test_too_little_text_is_an_answer_and_no_number(visitor, rep):
    call = factories.call(rep=rep, state=Call.State.SCORED)
    watching.prediction(call, None, reason="not_enough_evidence")
    text = visitor.get(address(call)).text
    assert "Not enough evidence yet" in text
    assert "band-" not in text


def test_words_of_a_customer_are_never_markup(visitor, rep):
    call = factories.call([("customer", "<script>alert(1)</script>"), ("rep", "Well.")], rep=rep)
    text = visitor.get(address(call)).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_an_insight_says_what_next_with_quotes_that_jump(visitor, scored):
    step = {"what": "Send the offer", "owner": "rep", "date": None, "quotes": [{"turn": 2, "quote": "a good result"}]}
    content = {"summary": "Reports take too long.", "next_steps": [step], "risks": [], "needs": [{"text": "Speed"}]}
    Insight.objects.create(
        call=scored, kind="sales_analysis", prompt_version="1", input_hash="h", model="extractive", content=content,
        latency_ms=1,
    )  # fmt: skip
    text = visitor.get(address(scored)).text
    assert "Send the offer" in text
    assert 'href="#turn-2">“a good result”' in text
    assert "Reports take too long." in text


def test_a_score_of_an_older_version_says_that_another_serves_now(visitor, scored):
    watching.ModelVersion.objects.update(state="candidate")
    watching.version()
    assert "not the one that serves now" in visitor.get(address(scored)).text


def test_the_active_versions_score_comes_before_a_newer_one_of_another(visitor, scored):
    other = watching.version("candidate")
    watching.prediction(scored, 0.11, band="D", version=other)
    assert visitor.get(address(scored)).context["prediction"].probability == 0.62
    assert visitor.get(LIST).context["page"].rows[0].probability == 0.62


def test_a_waiting_page_asks_again_and_comes_anew_when_the_score_is_there(visitor, rep):
    watching.active()
    call = factories.call(rep=rep)
    assert address(call, "score") in visitor.get(address(call)).text
    assert "Waiting for a score" in visitor.get(address(call, "score"), {"state": "ready"}, headers=HTMX).text
    watching.prediction(call, 0.5, band="B")
    assert visitor.get(address(call, "score"), headers=HTMX).headers["HX-Refresh"] == "true"


def test_a_received_call_comes_anew_once_it_is_read(visitor, rep):
    call = factories.call(rep=rep)
    assert visitor.get(address(call, "score"), {"state": "received"}, headers=HTMX).headers["HX-Refresh"] == "true"


def test_a_rejected_call_shows_the_reason_in_the_terms_of_the_file(visitor, rep):
    call = factories.call((), rep=rep, state=Call.State.REJECTED, reason="Line 14: expected a time.")
    assert "Line 14: expected a time." in visitor.get(address(call)).text


def test_similar_calls_are_won_and_lost_ones_that_one_may_see(visitor, scored, rep, stranger):
    won = factories.call(rep=rep, customer=factories.customer(name="Kestrel"), outcome="won")
    hidden = factories.call(rep=stranger, customer=factories.customer(name="Secret"), outcome="lost")
    for call in (scored, won, hidden):
        watching.embedding(call, [1.0] + [0.0] * 383)
    text = visitor.get(address(scored, "similar"), headers=HTMX).text
    assert "Kestrel" in text
    assert "Secret" not in text


def test_a_long_call_takes_the_same_queries_as_a_short_one(visitor, rep, django_assert_max_num_queries):
    call = factories.call([("rep", "Yes, of course.")] * 500, rep=rep, started_at=factories.NOW - timedelta(days=1))
    watching.prediction(call, 0.5, band="B", curve=[0.5] * 500)
    with django_assert_max_num_queries(17):
        visitor.get(address(call))
