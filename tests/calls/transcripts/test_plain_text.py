"""Plain text in the many ways people write it."""

import pytest

from calls.transcripts import read_text


def spoken(text: str) -> list[tuple[str, str, float | None]]:
    return [(turn.speaker, turn.text, turn.start) for turn in read_text(text).turns]


@pytest.mark.parametrize(
    "line",
    [
        "[00:01:02] Ann: hello",
        "(1:02) Ann: hello",
        "1:02 Ann: hello",
        "00:01:02.000 - Ann: hello",
        "[1:02 - 1:09] Ann: hello",
        "Ann [1:02]: hello",
        "Ann (00:01:02): hello",
        "Ann 1:02: hello",
        "Ann: [1:02] hello",
        "**Ann:** [1:02] hello",
        "- Ann (1:02): hello",
        "Ann (1:02):\nhello",
        "Ann  1:02\nhello",
        "[Ann] 00:01:02\nhello",
        "1:02\nAnn: hello",
    ],
)
def test_a_time_may_stand_beside_the_speaker(line: str):
    assert spoken(f"{line}\nBob: hi")[0] == ("Ann", "hello", 62) or spoken(f"{line}\n\nBob  1:05\nhi")[0] == (
        "Ann",
        "hello",
        62,
    )


def test_a_colon_in_what_is_said_starts_no_turn():
    text = "Ann: here is why: it works\nand he said: no\nat 10:30 we start\nNote: bring a pen\nBob: fine"
    assert [speaker for speaker, *_ in spoken(text)] == ["Ann", "Bob"]


def test_lines_without_a_speaker_are_kept_and_counted():
    transcript = read_text("A heading of the file\nAnn: hello\nthere\nBob: hi")
    assert [(turn.speaker, turn.role, turn.text) for turn in transcript.turns][:2] == [
        ("Unknown", "other", "A heading of the file"),
        ("Ann", "rep", "hello there"),
    ]
    counted = {warning.code: (warning.count, warning.line) for warning in transcript.warnings}
    assert counted["unattributed_text"] == (1, 1)
    assert counted["continued_lines"] == (1, 3)


@pytest.mark.parametrize("said", ["👍", "???", "!", "❤️ 👏", "...", "…", "§"])
def test_a_line_of_signs_is_part_of_what_is_said(said):
    assert spoken(f"Ann: is that fine?\n{said}\nBob: yes")[0] == ("Ann", f"is that fine? {said}", None)
    assert spoken(f"Ann  0:01\n{said}\nBob  0:05\nyes")[0] == ("Ann", said, 1)


@pytest.mark.parametrize("rule", ["", "-", "-----", "=====", "* * *", "———", "─────", "\u200b", "```"])
def test_rules_and_blank_lines_are_layout(rule):
    transcript = read_text(f"{rule}\nAnn: hello\n{rule}\nBob: hi\n{rule}")
    assert [turn.text for turn in transcript.turns] == ["hello", "hi"]
    assert not {"continued_lines", "unattributed_text"} & {warning.code for warning in transcript.warnings}


def test_lower_case_names_count_where_most_lines_have_one():
    assert [speaker for speaker, *_ in spoken("bob: hi\nann: hello")] == ["bob", "ann"]


def test_times_of_day_are_counted_from_the_first():
    assert [start for *_, start in spoken("[14:00:05] Ann: hi\n[14:00:09] Bob: hello")] == [0, 4]
