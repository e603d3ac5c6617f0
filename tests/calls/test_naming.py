"""How a text is known to name a customer."""

import json

import pytest

from calls.naming import Names

NAMES = Names(["1234", "Café Halden", "7"])


@pytest.mark.parametrize(
    "text",
    [
        "1234",
        "order-1234_b",
        "customer=1234&team=2",
        "We spoke with CAFÉ HALDEN.",
        json.dumps({"text": "Hello.\nCafé Halden\tcalls."}),
        json.dumps({"text": "Hello.\nCafé Halden\tcalls."}, ensure_ascii=False),
        '{"id": "7"}',
    ],
)
def test_words_of_their_own_name_it(text):
    assert NAMES.are_in(text)


@pytest.mark.parametrize("text", ["12345", "a1234", "Café Haldene", "McCafé Halden", "7", '{"id": "77"}'])
def test_parts_of_other_words_do_not(text):
    assert not NAMES.are_in(text)
