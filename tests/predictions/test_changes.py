"""How far a score moved since the version before, in the list."""

from datetime import timedelta

import pytest
from django.utils import timezone

from predictions.changes import Change, Scored, change
from tests import factories
from tests.predictions import watching

NOW = timezone.now()


def scores(*pairs: tuple[int, float]) -> list[Scored]:
    """Of versions, newest first."""
    return [
        Scored(1, version, probability, NOW - timedelta(days=at)) for at, (version, probability) in enumerate(pairs)
    ]


@pytest.mark.parametrize(
    ("shown", "found", "expected"),
    [
        (2, [(2, 0.62), (1, 0.5)], Change(1, 0.5, 12)),
        (2, [(2, 0.41), (2, 0.9), (1, 0.5)], Change(1, 0.5, -9)),
        (1, [(2, 0.62), (1, 0.5)], None),
        (2, [(3, 0.7), (2, 0.62), (1, 0.5)], Change(1, 0.5, 12)),
        (2, [(2, 0.62)], None),
        (2, [], None),
        (None, [(2, 0.62)], None),
    ],
)
def test_a_change_is_from_the_version_that_scored_before_the_one_shown(shown, found, expected):
    assert change(scores(*found), shown) == expected


def test_the_list_tells_the_change_in_words_too(client, rep):
    call = factories.call(rep=rep, state="scored")
    watching.prediction(call, 0.5, version=watching.version("candidate"))
    watching.prediction(call, 0.62, band="B")
    client.force_login(rep)
    text = client.get("/").text
    assert "▲" in text
    assert " points since version" in text
    watching.prediction(factories.call(rep=rep, state="scored"), 0.4, band="C")
    assert client.get("/").text.count("points since version") == 1
