"""How a text is known to name one customer: by its id, its name, its deals and the ids of its calls."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from calls.models import Call, Customer

SHORTEST = 4  # characters; a shorter name is found where it stands alone in quotes, else "7" would be everywhere


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
        """Capital letters do not matter; JSON may have written other letters than ASCII in two ways."""
        text = text.casefold()
        return any(form in text for word in self.words for form in forms(word.casefold()))

    def stand_in(self, field: str) -> bool:
        """In one value, as somebody typed it: as words of their own, so that 1234 is not in 12345; short ones alone."""
        field = field.casefold()
        return any(field.strip() == word or stands_in(field, word) for word in map(str.casefold, self.words))


def stands_in(field: str, word: str) -> bool:
    return len(word) >= SHORTEST and bool(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", field))


def forms(word: str) -> set[str]:
    quoted = {json.dumps(word), json.dumps(word, ensure_ascii=False)}
    return {word, *(each[1:-1] for each in quoted)} if len(word) >= SHORTEST else quoted
