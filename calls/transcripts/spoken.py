"""Numbers said digit by digit ("four one five, double seven, oh two"), told apart from amounts and years."""

import re
from dataclasses import dataclass

from calls.transcripts.vocabulary import words

FEWEST_DIGITS = 6  # shorter runs are counting, scores, years
NUMBER = "[NUMBER]"

DIGITS = {
    **dict.fromkeys(words("zero oh o nought naught null zéro cero nul"), "0"),
    **dict.fromkeys(words("one eins un une uno een"), "1"),
    **dict.fromkeys(words("two zwei zwo deux dos due twee"), "2"),
    **dict.fromkeys(words("three drei trois tres tre drie"), "3"),
    **dict.fromkeys(words("four vier quatre cuatro quattro"), "4"),
    **dict.fromkeys(words("five fünf fuenf cinq cinco cinque vijf"), "5"),
    **dict.fromkeys(words("six sechs seis sei zes"), "6"),
    **dict.fromkeys(words("seven sieben sept siete sette zeven"), "7"),
    **dict.fromkeys(words("eight acht huit ocho otto"), "8"),
    **dict.fromkeys(words("nine neun neuf nueve nove negen"), "9"),
}
_TEENS = words("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
_TENS = words("twenty thirty forty fourty fifty sixty seventy eighty ninety")
_REPEATS = {"double": 1, "triple": 2, "treble": 2, "doppel": 1}  # digits that it adds to the next
_SOFT = frozenset(words("um uh er erm uhm dash hyphen space then and area code"))
_SCALES = words(
    "thousand million billion trillion grand k mn bn percent percentage pct dollar dollars buck bucks euro euros "
    "pound pounds quid cent cents pence usd eur gbp yen rupees rupee francs franc kronor kroner lakh crore mille "
    "millionen tausend million prozent hundredths"
)

_KINDS: dict[str, tuple[str, int]] = {
    **dict.fromkeys(DIGITS, ("digit", 1)),
    **dict.fromkeys(_TEENS, ("teen", 2)),
    **dict.fromkeys(_TENS, ("tens", 2)),
    **{word: ("repeat", added) for word, added in _REPEATS.items()},
    "hundred": ("hundred", 2),
    **dict.fromkeys(_SOFT, ("soft", 0)),
}
_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\s,.\-\u2013—…/+()]{1,6}")
_NUMERAL = re.compile(r"\d{1,4}")
_DIGIT_WORD = re.compile(rf"(?<![^\W_])(?:{'|'.join(DIGITS)})(?![^\W_])", re.IGNORECASE)


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    kind: str
    digits: int
    word: str = ""


def may_hold_spoken_numbers(text: str) -> bool:
    """Cheap and never wrongly False: six digits cannot be said in less than two of these words."""
    found = _DIGIT_WORD.finditer(text)
    return next(found, None) is not None and next(found, None) is not None


def without_spoken_numbers(text: str) -> str:
    """Each run of at least six spoken digits becomes [NUMBER]; figures among the words count along."""
    if not may_hold_spoken_numbers(text):
        return text
    kept: list[str] = []
    position = 0
    for run, next_word in _runs(text):
        for token_run in _numbers_in(run, next_word, text):
            kept += text[position : token_run[0].start], NUMBER
            position = token_run[-1].end
    return "".join(kept) + text[position:]


def _runs(text: str) -> list[tuple[list[_Token], str]]:
    """Neighbouring number words with the word that follows them."""
    runs: list[tuple[list[_Token], str]] = []
    run: list[_Token] = []
    for match in _WORD.finditer(text):
        token = _token(match)
        close = not run or bool(_BETWEEN.fullmatch(text, run[-1].end, match.start()))
        if run and not (token and close):
            runs.append((run, match[0].casefold() if close else ""))
            run = []
        if token:
            run.append(token)
    return [*runs, (run, "")] if run else runs


def _token(match: re.Match[str]) -> _Token | None:
    word = match[0].casefold()
    if word in _KINDS:
        return _Token(match.start(), match.end(), *_KINDS[word], word)
    if _NUMERAL.fullmatch(word):
        return _Token(match.start(), match.end(), "figures", len(word), word)
    return None


def _numbers_in(run: list[_Token], next_word: str, text: str) -> list[list[_Token]]:
    if next_word in _SCALES:
        run = _without_amount(run, text)
    run = _trimmed(run, text)
    return [run] if run and _is_number(run) else []


def _trimmed(run: list[_Token], text: str) -> list[_Token]:
    """Without fillers at the ends, and without an "oh," that is a sigh and no zero."""
    first, last = 0, len(run)
    while first < last and (run[first].kind == "soft" or _is_sigh(run[first], text)):
        first += 1
    while last > first and run[last - 1].kind in ("soft", "repeat"):
        last -= 1
    return run[first:last]


def _is_sigh(token: _Token, text: str) -> bool:
    return token.word in ("oh", "o") and text[token.end : token.end + 1] == ","


def _without_amount(run: list[_Token], text: str) -> list[_Token]:
    """A run that ends in an amount ("…, fifty five thousand") without it; a run without a break is all amount."""
    for index in range(len(run) - 1, 0, -1):
        if any(mark in text[run[index - 1].end : run[index].start] for mark in ",.…\u2013—"):
            return run[:index]
    if sum(token.digits for token in run) < FEWEST_DIGITS + 3:
        return []
    last = len(run) - 1
    while last > 0 and run[last].kind in ("hundred", "soft"):
        last -= 1
    if run[last - 1].kind == "tens" and last > 0:
        last -= 1
    return run[:last]


def _is_number(run: list[_Token]) -> bool:
    digits = 0
    before = ""
    for token in run:
        # "thirty two" has two digits, "two hundred" three
        digits += token.digits - (before == "tens" and token.kind == "digit")
        before = token.kind if token.kind != "soft" else before
    single = [token for token in run if token.kind in ("digit", "repeat")]
    rounded = any(token.kind in ("teen", "tens", "hundred") for token in run)
    if len(single) < 1 + any(token.kind == "figures" for token in run):
        return False
    if rounded:  # "nineteen ninety nine" is a year; "oh six, twelve, thirty four, fifty six" is a telephone
        return digits > FEWEST_DIGITS and _lone_digit(run)
    return digits >= FEWEST_DIGITS


def _lone_digit(run: list[_Token]) -> bool:
    """At least two digits stand for themselves and not behind a "twenty" or before a "hundred"."""
    hard = [token.kind for token in run if token.kind != "soft"]
    lone = 0
    for before, kind, after in zip(["", *hard], hard, [*hard[1:], ""], strict=False):
        lone += kind in ("digit", "repeat") and before != "tens" and after != "hundred"
    return lone >= 2
