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
        "crm1234",
        "Café Haldens offer",
        "customer=1234&team=2",
        "We spoke with CAFÉ HALDEN.",
        json.dumps({"text": "Hello.\nCafé Halden\tcalls."}),
        json.dumps({"text": "Hello.\nCafé Halden\tcalls."}, ensure_ascii=False),
        '{"id": "7"}',
    ],
)
def test_they_name_it(text):
    assert NAMES.are_in(text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("Acme", "Acme\u793e\u306e\u4ef6\u3067\u3059"),
        ("\u5c71\u7530\u5546\u4e8b", "\u682a\u5f0f\u4f1a\u793e\u5c71\u7530\u5546\u4e8b\u306e\u4ef6\u3067\u3059"),
        ("\uc0bc\uc131\uc804\uc790", "\uc0bc\uc131\uc804\uc790\ub294"),
        (
            "\u0e44\u0e17\u0e22\u0e19\u0e21",
            "\u0e1a\u0e23\u0e34\u0e29\u0e31\u0e17\u0e44\u0e17\u0e22\u0e19\u0e21\u0e08\u0e33\u0e01\u0e31\u0e14",
        ),
    ],
    ids=["Latin in Japanese", "Japanese", "Korean", "Thai"],
)
def test_a_name_is_found_where_words_are_not_set_apart(word, text):
    names = Names([word])
    assert names.stand_in(text)
    assert names.are_in(json.dumps({"text": text}))
    assert names.are_in(json.dumps({"text": text}, ensure_ascii=False))


@pytest.mark.parametrize("text", ["12345", "01234", "7", '{"id": "77"}'])
def test_parts_of_longer_numbers_do_not(text):
    assert not NAMES.are_in(text)
