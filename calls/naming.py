"""How a text is known to name one customer: by its id, its name, its deals and the ids of its calls."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from calls.models import Call, Customer

SHORTEST = 4  # characters; a shorter name is found where it stands alone in quotes, else "7" would be everywhere
# Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean: written without spaces, or with endings that follow a name
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
LETTER = rf"[^\W_{UNSPACED}]"  # that beside a name makes it part of another word
BEFORE = rf"(?:(?<!{LETTER})|(?<=\\[bfnrt])|(?<=\\u[0-9a-f]{{4}}))"  # none, or one that belongs to an escape of JSON
AFTER = rf"(?!{LETTER})"


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
        """As words of their own. Capital letters do not matter; JSON may have written other letters than ASCII in two
        ways."""
        text = text.casefold()
        return any(stands_in(text, form) for word in self.words for form in forms(word.casefold()))

    def stand_in(self, field: str) -> bool:
        """In one value, as somebody typed it: as words of their own, short ones alone."""
        field = field.casefold()
        return any(
            field.strip() == word or (len(word) >= SHORTEST and stands_in(field, word))
            for word in map(str.casefold, self.words)
        )


def stands_in(text: str, form: str) -> bool:
    """As words of their own, so that 1234 is not in 12345; what JSON writes for a line break is no letter."""
    before, after = BEFORE if form[:1].isalnum() else "", AFTER if form[-1:].isalnum() else ""
    return form in text and bool(re.search(before + re.escape(form) + after, text))


def forms(word: str) -> set[str]:
    quoted = {json.dumps(word), json.dumps(word, ensure_ascii=False)}
    return {word, *(each[1:-1] for each in quoted)} if len(word) >= SHORTEST else quoted
