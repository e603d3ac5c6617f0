"""Which language a conversation is in."""

import pytest

from calls import language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Good morning, what made you look for a new system this year?", "en"),
        ("Guten Morgen, warum suchen Sie dieses Jahr ein neues System?", "de"),
        ("Bonjour, pourquoi cherchez-vous un nouveau logiciel cette année ?", "fr"),
        ("Ok.", ""),
        ("", ""),
    ],
)
def test_the_language_is_told_where_there_is_enough_text(text, code):
    assert language.detect(text) == code


@pytest.mark.parametrize(("tag", "code"), [("en-US", "en"), ("DE_de", "de"), (" fr ", "fr"), ("english", ""), ("", "")])
def test_a_tag_is_cut_to_its_language(tag, code):
    assert language.tidy(tag) == code


@pytest.mark.parametrize(("code", "name"), [("de", "German"), ("pt", "Portuguese"), ("", ""), ("tlh", "tlh")])
def test_a_language_is_named_where_its_code_is_known(code, name):
    assert language.in_english(code) == name
