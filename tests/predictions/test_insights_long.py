"""A call that is longer than the model's context is read in parts, which are put together."""

import json
import re

import pytest
from langchain_core.messages import AIMessage

from calls.models import Turn
from predictions import insights
from predictions.insights import chain, transcript

TURNS = [
    Turn(index=i, role="customer", text=f"Sentence {i} speaks of the need for {i} more seats.") for i in range(200)
]

pytestmark = pytest.mark.usefixtures("db", "empty_cache")


def analysis(turn: int, quote: str, summary: str = "A part.") -> AIMessage:
    return AIMessage(
        json.dumps({"summary": summary, "needs": [{"text": "Seats.", "quotes": [{"turn": turn, "quote": quote}]}]})
    )


def test_all_of_a_long_call_is_read_in_parts_and_put_together(language_model, settings):
    settings.INSIGHTS_CONTEXT_TOKENS = 5000
    parts = len(transcript.numbered(TURNS, chain.TASK.room())[0])
    assert parts > 1
    said = [analysis(k, f"Sentence {k} speaks") for k in range(parts)]
    language_model.responses = [*said, analysis(1, "Sentence 1 speaks", "The whole.")]
    answer = insights.analyse(TURNS, model="openai:fake")
    assert answer.content["summary"] == "The whole."
    assert len(language_model.asked) == parts + 1
    read = " ".join(messages[1].content for messages in language_model.asked[:parts])
    assert [int(number) for number in re.findall(r"\[(\d+)\]", read)] == list(range(200))
    assert "[1] “Sentence 1 speaks”" in language_model.asked[-1][1].content


def test_quotes_that_are_invented_in_any_part_or_at_the_end_are_dropped_and_counted(language_model, settings):
    settings.INSIGHTS_CONTEXT_TOKENS = 5000
    parts = len(transcript.numbered(TURNS, chain.TASK.room())[0])
    said = [analysis(k, "we sign today") for k in range(parts)]
    language_model.responses = [*said, analysis(1, "nobody said this")]
    answer = insights.analyse(TURNS, model="openai:fake")
    assert (answer.quotes_kept, answer.quotes_dropped) == (0, parts + 1)
    assert answer.content["needs"] == []


def test_no_part_is_longer_than_its_room_not_even_with_a_turn_that_is(settings):
    turns = [Turn(role="rep", text="Word " * 9000), Turn(role="customer", text="Yes.")]
    parts, left_out = transcript.numbered(turns, 2000)
    assert left_out == 0
    assert all(transcript.tokens_of(part) <= 2000 for part in parts)
    assert sum(part.count("Word") for part in parts) >= 9000
    assert parts[-1].endswith("[1] customer: Yes.")


def test_many_analyses_are_put_together_in_several_rounds(language_model, settings):
    settings.INSIGHTS_CONTEXT_TOKENS = 4400
    language_model.responses = [analysis(0, "Sentence 0 speaks of the need for 0 more seats", "Long. " * 200)]
    answer = insights.analyse(TURNS, model="openai:fake")
    assert answer.quotes_kept == 1
    assert len(language_model.asked) > len(transcript.numbered(TURNS, chain.TASK.room())[0]) + 1


def test_of_a_call_that_is_longer_than_anybody_reads_the_middle_is_left_out_and_it_says_so(language_model, settings):
    turns = [Turn(role="customer", text=f"{i} " + "seats " * 600) for i in range(2 * transcript.MOST_PARTS)]
    settings.INSIGHTS_CONTEXT_TOKENS = 4000
    language_model.responses = [analysis(0, "0 seats")]
    notice = insights.analyse(turns, model="openai:fake").content["notice"]
    assert re.match(r"\d+ parts in the middle of this call were not read", notice)
    first, last = language_model.asked[0][1].content, language_model.asked[transcript.MOST_PARTS - 1][1].content
    assert "[0]" in first
    assert f"[{2 * transcript.MOST_PARTS - 1}]" in last
