"""From bytes to text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.transcripts import read

SAID = "Rep: Grüße, ça va, naïve café\nCustomer: Très bien"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_the_same_words_in_any_encoding(encoding: str):
    assert read(SAID.encode(encoding)).turns[0].text == "Grüße, ça va, naïve café"


@given(st.binary(min_size=1, max_size=3).filter(lambda junk: b"\0" not in junk and max(junk) > 127))
def test_a_few_bad_bytes_cost_no_other_words(junk: bytes):
    transcript = read(SAID.encode() + b" " + junk + b" indeed\nRep: good")
    assert transcript.turns[0].text == "Grüße, ça va, naïve café"
    assert transcript.turns[-1].text == "good"


def test_a_guessed_encoding_is_said():
    russian = "Rep: Добрый день, как ваши дела сегодня утром\nCustomer: Спасибо, всё хорошо, рассказывайте".encode(
        "cp1251"
    )
    transcript = read(russian)
    assert transcript.turns[0].text.startswith("Добрый день")
    assert [warning.code for warning in transcript.warnings] == ["encoding_guessed"]
