"""Codes that are spelled sign by sign: "D E eight nine, 3 7 0 4"."""

import re
from collections.abc import Callable

from calls.transcripts.spoken import DIGITS

_SIGN = rf"(?:[a-z0-9]|{'|'.join(sorted(DIGITS, key=len, reverse=True))})"
_GAP = r"(?:[\s,.;-]{1,3}(?:(?:u[hm]+|er|erm|then|and|dash)[\s,.]{1,2})?)"
_SPELLED = re.compile(rf"(?<!\w)[a-z]{_GAP}[a-z](?:{_GAP}{_SIGN}(?!\w)){{8,}}", re.IGNORECASE)
_EACH = re.compile(rf"(?<!\w){_SIGN}(?!\w)", re.IGNORECASE)


def without_spelled(text: str, length_at_start: Callable[[str], int], mark: str) -> str:
    """The text with the mark in place of each code; `length_at_start` says how many signs of capitals and figures are
    one, 0 if they do not begin with any."""
    kept: list[str] = []
    position = 0
    for run in _SPELLED.finditer(text):
        signs = list(_EACH.finditer(text, run.start(), run.end()))
        code = "".join(sign_of(sign[0].casefold()) for sign in signs)
        first = 0
        while first < len(signs):
            if length := length_at_start(code[first:]) or length_at_start(with_zeros(code[first:])):
                kept += text[position : signs[first].start()], mark
                position = signs[first + length - 1].end()
            first += length or 1
    return "".join(kept) + text[position:]


def sign_of(said: str) -> str:
    return said.upper() if len(said) == 1 else DIGITS[said]


def with_zeros(code: str) -> str:
    """Behind its country an O may be a letter or a zero."""
    return code[:2] + code[2:].replace("O", "0")
