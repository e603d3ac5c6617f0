"""Cleaning repairs characters and takes out what nobody said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.transcripts.cleaning import clean

PIECES = st.sampled_from(
    [
        "<i>",
        "</i>",
        "<",
        ">",
        "&amp;",
        "&lt;",
        "amp;",
        "lt;",
        "&",
        "i>",
        "[laughter]",
        "[",
        "]",
        "(crosstalk",
        ")",
        "um",
        ", ",
        " ",
        "x",
        "\u200b",
        "\u202e",
        "�",
        "�",
        "â€™",
        "Ã©",
        "́",
        "e",
        "{\\an8}",
        "♪",
        "*",
        "uh",
        ".",
        "\x00",
        "\x85",
        "ﬁ",
        "\u200d",
    ]
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("we donâ€™t know the cafÃ©", "we don't know the café"),
        ("cafe\u0301 \u200bhi\u202e there\x00", "café hi there"),
        ("[inaudible] yes (crosstalk) but [Inaudible 00:12:03] no *coughs*", "yes but no"),
        ("(laughs) fine [BLANK_AUDIO] [background noise]", "fine"),
        ("<v Ann>Hello <c.red>there</c></v> {\\an8}you<br/>", "Hello there you"),
        ("Fish &amp;amp; chips &lt;i&gt;now&lt;/i&gt;", "Fish & chips now"),
        ("a   b\n\tc , d", "a b c, d"),
        (
            "5 < 6 and <jane@example.com> (see the offer) [EMAIL]",
            "5 < 6 and <jane@example.com> (see the offer) [EMAIL]",
        ),
        ("half \ud800 done \ud83d\ude00", "half done 😀"),
    ],
)
def test_clean(before: str, after: str):
    assert clean(before) == after


def test_fillers_go_only_when_asked():
    text = "Um, so we, uh, think... er yes, mm-hmm, the number is mine"
    assert clean(text) == text
    assert clean(text, keep_fillers=False) == "so we, think... yes, mm-hmm, the number is mine"


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60), st.booleans())
def test_cleaning_again_changes_nothing(text: str, keep_fillers: bool):
    once = clean(text, keep_fillers=keep_fillers)
    assert clean(once, keep_fillers=keep_fillers) == once
    once.encode()
