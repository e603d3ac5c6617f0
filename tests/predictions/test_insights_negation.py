"""A phrase that its sentence turns round says the opposite."""

import re

import pytest

from predictions.insights.negation import denied


def turned_round(text: str, phrase: str) -> bool:
    return denied(text, re.search(phrase, text, re.IGNORECASE))


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("We do not have an urgent need.", "need"),
        ("I don’t want it.", "want"),
        ("Nobody here is tired of it.", "tired of"),
        ("It is not too expensive.", "too expensive"),
        ("I can sign nothing.", "can sign"),
        ("We cannot wait until next year.", "until next year"),
        ("There is no committee any more.", "committee"),
    ],
)
def test_a_negation_in_the_clause_turns_the_phrase_round(text, phrase):
    assert turned_round(text, phrase)


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("We need it.", "need"),
        ("No, we need it.", "need"),
        ("It is not pretty but we want it.", "want"),
        ("We would not start before next year.", "before next year"),
        ("Not only the price is a concern.", "concern"),
        ("We cannot wait to get started.", "get started"),
        ("Nobody in our long list of seven departments ever said that we are on hold.", "on hold"),
    ],
)
def test_a_negation_of_something_else_leaves_it_standing(text, phrase):
    assert not turned_round(text, phrase)
