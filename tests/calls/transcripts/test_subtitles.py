"""No cue and no words of a subtitle file are lost, however broken it is."""

from hypothesis import given
from hypothesis import strategies as st

from calls.transcripts import read_text

TIMING = st.sampled_from(
    [
        "00:00:01.000 --> 00:00:02.000",
        "00:0x:01.000 --> 00:00:02.000",
        "00:00:01,000 -> 00:00:02,000",
        "-00:01.000 --> 00:02.000",
        "00:00:05.000 --> 00:00:02.000",
        "",
        "7\n00:00:01.000 --> 00:00:02.000",
        "7",
    ]
)


@given(st.lists(TIMING, max_size=8))
def test_the_words_of_every_cue_survive_whatever_its_timing(timings: list[str]):
    cues = [
        "00:00:00.000 --> 00:00:01.000\nRep: word0",
        *(f"{timing}\nCustomer: word{n}" for n, timing in enumerate(timings, 1)),
    ]
    text = " ".join(turn.text for turn in read_text("WEBVTT\n\n" + "\n\n".join(cues), "call.vtt").turns)
    assert [word for word in text.split() if word.startswith("word")] == [f"word{n}" for n in range(len(cues))]


def test_cues_without_a_blank_line_between_them_stay_apart():
    text = "1\n00:00:01,000 --> 00:00:02,000\nRep: hello\n2\n00:00:03,000 --> 00:00:04,000\nCustomer: hi"
    assert [(turn.text, turn.start) for turn in read_text(text).turns] == [("hello", 1), ("hi", 3)]


def test_a_sentence_cut_over_cues_is_one_turn():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\nRep: it is four one five\n\n00:02.000 --> 00:03.000\nRep: double five"
    assert [(turn.text, turn.end) for turn in read_text(text).turns] == [("it is four one five double five", 3)]


def test_a_cue_without_a_speaker_goes_on_with_the_one_before():
    text = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hello.</v>\n\n00:02.000 --> 00:03.000\nAre you there?"
    transcript = read_text(text)
    assert [turn.speaker for turn in transcript.turns] == ["Ann", "Ann"]
    assert "speaker_carried_on" in {warning.code for warning in transcript.warnings}


def test_the_first_odd_line_is_named():
    text = "WEBVTT\n\n00:00:0x.000 --> 00:02.000\nRep: a\n\n00:03.000 --> 00:04.000\nCustomer: b"
    assert [(warning.code, warning.line) for warning in read_text(text).warnings] == [("bad_timing_line", 3)]
