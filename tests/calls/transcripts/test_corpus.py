"""What was once found to be hard to read, read again under every name; `make fuzz` looks for more."""

from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from calls.transcripts import UnreadableTranscript, read_rows
from calls.transcripts.cleaning import clean
from calls.transcripts.redaction import redact

TESTS = Path(settings.BASE_DIR) / "tests"
FILES = sorted([*(TESTS / "fuzz" / "corpus").iterdir(), *(TESTS / "samples" / "bad").iterdir()])
NAMES = ("", "a.txt", "a.vtt", "a.srt", "a.csv", "a.json")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_no_reader_raises_anything_but_its_own_error(file):
    for name in NAMES:
        with suppress(UnreadableTranscript):
            for transcript in read_rows(file.read_bytes(), name):
                assert all(isinstance(redact(clean(turn.text)), str) for turn in transcript.turns)
