"""What holds for every way in: odd files become warnings or one clear error, never another exception."""

import json
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calls.transcripts import Transcript, UnreadableTranscript, read, read_rows, read_text, read_turns
from calls.transcripts.formats import JSON_FORMATS, TEXT_FORMATS
from calls.transcripts.json_shapes import LIST_KEYS, SPEAKER_KEYS, TEXT_KEYS

KEYS = st.sampled_from(
    [
        *LIST_KEYS,
        *TEXT_KEYS,
        *SPEAKER_KEYS,
        "sentences",
        "start",
        "end",
        "offset",
        "duration",
        "startTimeMillis",
        "results",
        "channels",
        "alternatives",
        "segments",
        "items",
        "callTranscripts",
        "speaker_labels",
        "offsets",
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))
ENDINGS = st.sampled_from(["", "a.txt", "a.vtt", "a.srt", "a.csv", "a.json"])
PIECES = st.sampled_from(
    [
        "WEBVTT",
        "\n",
        "\n\n",
        "1",
        "00:00:01.000",
        " --> ",
        "->",
        "-",
        "Rep: ",
        "Rep",
        "<v Ann>",
        "hello",
        "[",
        "]",
        '"',
        ",",
        ";",
        "conversation_id,speaker_id,start,end,text\n",
        "0:12",
        "  ",
        "{",
        "}",
        "NOTE",
        ":",
        "\x00",
        "�",
        "(1:02)",
    ]
)


def codes(transcript: Transcript) -> dict[str, int]:
    return {warning.code: warning.count for warning in transcript.warnings}


def outcome(reading: Callable[[], object]) -> object:
    """What is read, or the message of the only error that may be raised."""
    try:
        return reading()
    except UnreadableTranscript as error:
        return error.message


@given(st.binary(max_size=300), ENDINGS)
def test_arbitrary_bytes_are_read_or_refused(content: bytes, name: str):
    assert outcome(lambda: read_rows(content, name))


@given(st.lists(PIECES, max_size=30).map("".join), ENDINGS)
def test_text_that_looks_like_a_transcript_is_read_or_refused(text: str, name: str):
    assert outcome(lambda: read_text(text, name).turns)


@given(VALUES)
@example({"results": {"items": [{"alternatives": []}], "channels": [None]}})
@example({"callTranscripts": [{"transcript": None}]})
def test_arbitrary_json_is_read_or_refused(document: object):
    assert outcome(lambda: read(json.dumps(document).encode(), "call.json").turns)


@given(st.lists(st.dictionaries(KEYS, SCALARS), max_size=4))
def test_arbitrary_turns_are_read_or_refused(turns: list[dict]):
    assert outcome(lambda: read_turns(turns).turns)


def test_a_mistake_in_a_posted_turn_names_its_field():
    for turn, field in [
        ({"speaker": "Rep"}, "turns[1].text"),
        ({"text": "x", "start": []}, "turns[1].start"),
        (3, "turns[1]"),
    ]:
        with pytest.raises(UnreadableTranscript) as caught:
            read_turns([{"speaker": "Rep", "text": "hello"}, turn])
        assert caught.value.field == field


def test_an_error_never_quotes_the_file():
    with pytest.raises(UnreadableTranscript) as caught:
        read(b'{"turns": [secret]}')
    assert "secret" not in str(caught.value) + caught.value.hint


def test_more_turns_than_allowed_are_refused_with_the_limit():
    with pytest.raises(UnreadableTranscript, match="has 3 turns; at most 2 are accepted"):
        read_text("Rep: a\nCustomer: b\nRep: c", max_turns=2)


@pytest.mark.parametrize("kind", ["plain", "vtt", "json", "csv"])
def test_ten_thousand_turns_are_read_whole(kind: str):
    said = [("Rep" if turn % 2 else "Customer", f"words {turn}") for turn in range(10_000)]
    text = {
        "plain": "\n".join(f"{speaker}: {words}" for speaker, words in said),
        "vtt": "WEBVTT\n\n" + "\n\n".join(f"00:01.000 --> 00:02.000\n{speaker}: {words}" for speaker, words in said),
        "json": json.dumps([{"speaker": speaker, "text": words} for speaker, words in said]),
        "csv": "speaker,text\n" + "\n".join(f"{speaker},{words}" for speaker, words in said),
    }[kind]
    transcript = read_text(text)
    assert [turn.text for turn in transcript.turns] == [words for _, words in said]


def test_times_that_cannot_be_are_left_out_and_counted():
    turns = [(-1, 2), (5, 4), (4, 6), (3, 5), (90_000, None), (float("nan"), None), ("soon", None)]
    transcript = read_turns([{"speaker": "Rep", "text": "x", "start": start, "end": end} for start, end in turns])
    assert [(turn.start, turn.end) for turn in transcript.turns][:4] == [(None, 2), (5, None), (4, 6), (3, 5)]
    assert [turn.start for turn in transcript.turns][4:] == [None, None, None]
    found = codes(transcript)
    assert found["negative_times"] == found["ends_before_start"] == found["absurd_times"] == 1
    assert found["unreadable_times"] == found["out_of_order"] == 2


def test_a_warning_about_posted_turns_names_the_turn():
    transcript = read_turns(
        [{"speaker": "Rep", "text": "hello", "start": 1}, {"speaker": "Jo", "text": "hi", "start": "soon", "end": -1}]
    )
    said = {warning.code: (warning.message, warning.line) for warning in transcript.warnings}
    assert said["unreadable_times"] == ("Times that could not be read were left out. First in turns[1].", None)
    assert said["negative_times"][0].endswith("First in turns[1].")


def test_overlapping_turns_stay_and_are_counted():
    transcript = read_text("[0:01 - 0:05] Rep: a\n[0:03 - 0:06] Customer: b")
    assert [turn.start for turn in transcript.turns] == [1, 3]
    assert codes(transcript) == {"overlapping_times": 1}


def test_one_speaker_alone_is_a_warning():
    assert codes(read_text("Rep: a\nRep: b")) == {"one_speaker": 1}


def test_several_conversations_of_a_table_are_read_apart():
    content = b"conversation_id,speaker_id,text\n1,agent,a\n2,agent,c\n1,client,b\n,client,d\n"
    found = read_rows(content)
    assert [(each.conversation, [turn.text for turn in each.turns]) for each in found] == [
        ("1", ["a", "b", "d"]),
        ("2", ["c"]),
    ]


def test_several_calls_of_a_gong_export_are_read_apart():
    call = {"transcript": [{"speakerId": "1", "sentences": [{"start": 0, "end": 9, "text": "hi"}]}]}
    content = json.dumps({"callTranscripts": [{"callId": "a", **call}, {"callId": "b", **call}]}).encode()
    assert [each.conversation for each in read_rows(content)] == ["a", "b"]


def test_names_that_redaction_would_take_become_numbers():
    transcript = read_text("+1 415 555 0132: hello\njane@example.com: hi\nJane Doe: hm")
    assert [turn.speaker for turn in transcript.turns] == ["Speaker 1", "Speaker 2", "Jane Doe"]


def test_each_format_is_listed_once():
    names = [each.name for each in (*JSON_FORMATS, *TEXT_FORMATS)]
    assert len(names) == len(set(names))


def test_plain_text_in_a_json_wrapper_is_read():
    assert [turn.role for turn in read(b'{"transcript": "Rep: hi\\nCustomer: hello"}').turns] == ["rep", "customer"]


def test_lines_of_whole_conversations_are_read_apart():
    lines = [json.dumps({"id": name, "turns": [{"speaker": "rep", "text": "hi"}]}) for name in "ab"]
    assert [each.conversation for each in read_rows("\n".join(lines).encode())] == ["a", "b"]
