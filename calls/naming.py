"""How a text is known to name one customer: by its id, its name, its deals and the ids of its calls."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from calls.models import Call, Customer

SHORTEST = 4  # characters; a shorter name is found where it stands alone in quotes, else "7" would be everywhere
# Digits before a number that make it part of another; those that belong to an escape of JSON do not.
BEFORE = r"(?:(?<!\d)|(?<=\\u[0-9a-f]{4}))"
AFTER = r"(?!\d)"


@dataclass(frozen=True)
class Names:
    words: Sequence[str]

    @classmethod
    def of(cls, customer: Customer) -> Self:
        calls = Call.objects.filter(customer=customer).order_by()
        told = {customer.external_id, customer.name}
        told |= {*calls.values_list("external_id", flat=True), *calls.values_list("deal", flat=True)}
        return cls(sorted(filter(None, map(str.strip, told))))

    def are_in(self, text: str) -> bool:
        """Also with letters before or after, as an ending; a number never within a longer one. Capital letters do not
        matter; JSON may have written other letters than ASCII in two ways."""
        text = text.casefold()
        return any(stands_in(text, form) for word in self.words for form in forms(word.casefold()))

    def stand_in(self, field: str) -> bool:
        """In one value, as somebody typed it: short ones alone."""
        field = field.casefold()
        return any(
            field.strip() == word or (len(word) >= SHORTEST and stands_in(field, word))
            for word in map(str.casefold, self.words)
        )


def stands_in(text: str, form: str) -> bool:
    """So that 1234 is not in 12345. Letters beside a name do not count: rather too much is erased than too little."""
    before, after = BEFORE if form[:1].isdigit() else "", AFTER if form[-1:].isdigit() else ""
    return form in text and bool(re.search(before + re.escape(form) + after, text))


def forms(word: str) -> set[str]:
    quoted = {json.dumps(word), json.dumps(word, ensure_ascii=False)}
    return {word, *(each[1:-1] for each in quoted)} if len(word) >= SHORTEST else quoted
