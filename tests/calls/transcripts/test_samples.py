"""Every format by example: a sample file with the expected turns beside it, and broken files with their message."""

import json
from pathlib import Path

import pytest

from calls.transcripts import UnreadableTranscript, read
from calls.transcripts.formats import JSON_FORMATS, TEXT_FORMATS

SAMPLES = Path(__file__).parents[2] / "samples"
GOOD = sorted(path for path in (SAMPLES / "transcripts").iterdir() if not path.name.endswith(".expected.json"))
BAD = json.loads((SAMPLES / "bad" / "expected.json").read_text())


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_sample_gives_the_turns_beside_it(path: Path):
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text())
    transcript = read(path.read_bytes(), path.name)
    turns = [[turn.speaker, turn.role, turn.text, turn.start, turn.end] for turn in transcript.turns]
    assert turns == expected["turns"]
    assert transcript.format == expected["format"]
    assert {warning.code: warning.count for warning in transcript.warnings} == expected["warnings"]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_the_content_tells_the_format_without_a_file_name(path: Path):
    expected = json.loads(path.with_name(path.name + ".expected.json").read_text())
    assert read(path.read_bytes()).format == expected["format"]


def test_every_format_has_a_sample():
    tried = {json.loads(path.with_name(path.name + ".expected.json").read_text())["format"] for path in GOOD}
    assert tried == {each.name for each in (*JSON_FORMATS, *TEXT_FORMATS)} | {"csv"}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_cannot_be_read_says_why(name: str):
    with pytest.raises(UnreadableTranscript) as caught:
        read((SAMPLES / "bad" / name).read_bytes(), name)
    assert BAD[name] in str(caught.value)
    assert caught.value.hint


def test_every_broken_sample_has_its_message():
    assert {path.name for path in (SAMPLES / "bad").iterdir()} == {*BAD, "expected.json"}
