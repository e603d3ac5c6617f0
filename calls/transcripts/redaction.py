"""Takes out what names or reaches a person: addresses, telephones, cards, accounts, long numbers. Amounts stay."""

import re
from collections.abc import Callable, Iterator

import phonenumbers

from calls.transcripts.amounts import PROTECTED, are_prices, are_years, is_round
from calls.transcripts.spelled import without_spelled
from calls.transcripts.spoken import may_hold_spoken_numbers, without_spoken_numbers
from calls.transcripts.vocabulary import words

REDACTION_VERSION = 3
EMAIL, PHONE, CARD, IBAN, NUMBER = "[EMAIL]", "[PHONE]", "[CARD]", "[IBAN]", "[NUMBER]"
MARKS = {
    EMAIL: "e-mail address",
    PHONE: "telephone number",
    CARD: "card number",
    IBAN: "account number",
    NUMBER: "long number",
}
FEWEST_DIGITS = 7  # with or without separators: the shortest telephone number
HOME_REGIONS = ("US", "GB", "DE", "FR")  # where a number without country code may be at home

_TLD = (
    "com|org|net|edu|gov|info|biz|dev|app|tech|cloud|io|ai|co|me|tv|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|be|nl|lu|es|pt|it|"
    "pl|cz|se|no|dk|fi|gr|ro|hu|ru|ua|tr|in|cn|jp|kr|br|mx|ar|cl|za|ae|sg|hk"
)
# One way only to read each space: with two, matching a long "dot … dot … dot" would take for ever.
_DOT = r"(?:(?:\s?[\[(])?\s?\b(?:dot|punkt|point|punto|ponto)\b(?:\s?[\])])?\s?|\s?\.)"
# "gmail. com": a full stop with a space behind it ends a sentence, unless what follows can be nothing but a domain
_SURE_TLD = "(?:com|org|edu|gov|biz|(?-i:net|io|co|uk|eu|de|ch|fr|nl))"
_END_OF_DOMAIN = rf"(?:(?:{_DOT}(?:{_TLD})|\s?\.\s{_SURE_TLD})\b)"
_AT = r"(?:\s?[\[(])?\s?(?:\b(?:at|ät|arobase|arroba|klammeraffe|chiocciola)\b|@)(?:\s?[\])])?\s?"
# "jane. doe": speech recognition goes on in small letters where no sentence ended
_JOIN = rf"(?:{_DOT}|\.\s(?=(?-i:[a-z]))|\s?\b(?:underscore|dash|hyphen|minus|plus)\b\s?|[_+-])"
_WORD = r"[^\W_]{1,40}"  # never an underscore, which joins: one way only to split a name keeps matching linear
_DIGIT = r"(?:\d{1,8}|zero|oh|one|two|three|four|five|six|seven|eight|nine)"
_LETTERS = r"(?<!\b[^\W_][, \-])(?:(?<!['\u2019])\b[^\W_][, \-]{1,2}){1,40}"  # "j, a, n, e"
_PLAIN_EMAIL = re.compile(r"[\w.%+'\u2019-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}")
_SPOKEN_EMAIL = re.compile(
    rf"(?:{_LETTERS})?(?<!['\u2019])(?<![^\W_]){_WORD}(?:{_JOIN}{_WORD}|\s{_DIGIT}\b){{0,8}}{_AT}"
    rf"(?:{_WORD}(?:{_JOIN}|\s))?{_WORD}(?:{_DOT}{_WORD}){{0,3}}?{_END_OF_DOMAIN}{_END_OF_DOMAIN}?",
    re.IGNORECASE,
)
# After "jane dot doe" no sentence ends at "proton. me".
_SURELY_EMAIL = re.compile(
    rf"(?<!['\u2019])(?<![^\W_]){_WORD}(?:{_JOIN}{_WORD}){{1,8}}(?:\s{_DIGIT}\b){{0,4}}{_AT}{_WORD}"
    rf"(?:{_DOT}{_WORD}){{0,3}}?\s?\.\s(?:{_TLD})\b",
    re.IGNORECASE,
)
_MAY_BE_SPOKEN = re.compile(r"\b(?:at|ät|arobase|arroba|klammeraffe|chiocciola)\b|@", re.IGNORECASE)
_MAY_BE_DOMAIN = re.compile(rf"(?:\.|\b(?:dot|punkt|point|punto|ponto)\b)[^\w]{{0,3}}(?:{_TLD})\b", re.IGNORECASE)
# "look at acme dot com": what stands before "at" is no mailbox
_NO_MAILBOX = frozenset(
    words(
        "look looking looked us me here up there over available found it online live work works worked working site "
        "website page bought sold sell everyone people team based meet met see listed posted are is be was were order"
    )
)

_IBAN_LENGTHS = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "NL"), 18),
    **dict.fromkeys(("SI", "MK"), 19),
    **dict.fromkeys(("AT", "EE", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("DE", "GB", "IE", "BG", "GE", "ME", "RS", "BH", "BA"), 22),
    **dict.fromkeys(("AE", "IL", "GI"), 23),
    **dict.fromkeys(("CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "AD"), 24),
    **dict.fromkeys(("PT",), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("FR", "GR", "IT", "MC", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "CY", "HU", "LB", "PL"), 28),
    **dict.fromkeys(("BR", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU"), 30),
    **dict.fromkeys(("MT",), 31),
}
_IBAN = re.compile(r"(?<![^\W_])[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]){11,30}", re.IGNORECASE)
_GAP = "[ \u00a0\u202f]"
_EXTENSION = r"(?:\s?(?:ext\.?|extension|x|#)\s?\d{1,6}\b)?"
_SEPARATOR = rf"(?:{_GAP}?[-\u2013—]{_GAP}?|\)[-.]|[.,()/]|{_GAP}\(|\){_GAP}|{_GAP})"
_FIGURES = re.compile(rf"(?:\+\s?|\(\+?)?\d(?:{_SEPARATOR}?\d)+{_EXTENSION}", re.IGNORECASE)
# Figures listed with commas are quantities, unless they come in the groups of a telephone or card.
_LISTED = re.compile(
    r"(?<![\d.,])(?:\d ?\d ?\d[,.] \d ?\d ?\d[,.] \d(?: ?\d){3}"
    r"|\d{4}(?:, \d{4}){3}|3[47]\d\d, \d{6}, \d{5}|\+\d{1,3}(?:, \d{2,5}){2,6})(?!,? ?\d)"
)
# Read out one by one, whatever is written for the pauses: "0 4 1 5, 5 5 5. 0 1 3 2".
_PAUSE = re.compile(r"[,.;…]{1,3}\s(?:(?:u[hm]+|er|erm|then)\b,?\s)?|\s(?:u[hm]+|er|erm|then)\b,?\s", re.IGNORECASE)
_LONE = r"(?:(?:double|triple|treble)\s)?\d"
_ONE_BY_ONE = re.compile(
    rf"(?<!\w)(?<!\d[.,:/])(?:\+\s?)?{_LONE}(?:(?:{_PAUSE.pattern}|{_GAP}?[-\u2013]{_GAP}?|{_GAP}){_LONE}){{6,}}"
    r"(?!\w|[.,:/]\d|\s?%)",
    re.IGNORECASE,
)
_RANGE = re.compile(r"\d ?[-\u2013] ?\d")
_FIGURE = re.compile(r"\d")
_GROUP = re.compile(r"\d+")


def redact(text: str) -> str:
    """The text with [EMAIL], [PHONE], [CARD], [IBAN] and [NUMBER] in place of what they name; twice changes nothing.

    Expects cleaned text: an invisible character inside a number would hide it.
    """
    for _ in range(4):  # a mark can bring the figures beside it together with others; once is the rule
        before = text
        text = _redacted_once(text)
        if text == before:
            break
    return text


def _redacted_once(text: str) -> str:
    if "@" in text:
        text = _PLAIN_EMAIL.sub(EMAIL, text)
    if _MAY_BE_SPOKEN.search(text) and _MAY_BE_DOMAIN.search(text):
        text = _SURELY_EMAIL.sub(EMAIL, _SPOKEN_EMAIL.sub(_spoken_email, text))
    text = without_spelled(text, _iban_at_start, IBAN)
    figures = len(_FIGURE.findall(text))
    if figures >= FEWEST_DIGITS:
        text = _FIGURES.sub(_card_or_same, _without_ibans(text))
        return _between_amounts(text, _without_numbers)
    if figures and may_hold_spoken_numbers(text):
        return _between_amounts(text, without_spoken_numbers)
    return without_spoken_numbers(text)


def _without_numbers(text: str) -> str:
    text = _LISTED.sub(_listed, _ONE_BY_ONE.sub(_one_by_one, text))
    return _FIGURES.sub(_long_number_or_same, without_spoken_numbers(text))


def _between_amounts(text: str, change: Callable[[str], str]) -> str:
    kept: list[str] = []
    position = 0
    for amount in PROTECTED.finditer(text):
        kept += change(text[position : amount.start()]), amount[0]
        position = amount.end()
    return "".join(kept) + change(text[position:])


def _spoken_email(match: re.Match[str]) -> str:
    mailbox = re.split(_AT, match[0], maxsplit=1, flags=re.IGNORECASE)[0]
    return match[0] if mailbox.strip().casefold() in _NO_MAILBOX else EMAIL


def _without_ibans(text: str) -> str:
    kept: list[str] = []
    position = 0
    for start, end in _ibans(text):
        kept += text[position:start], IBAN
        position = end
    return "".join(kept) + text[position:]


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    for match in _IBAN.finditer(text):
        signs = [place for place in range(match.start(), match.end()) if text[place].isalnum()]
        if length := _iban_at_start("".join(text[place] for place in signs).upper()):
            yield match.start(), signs[length - 1] + 1


def _iban_at_start(code: str) -> int:
    """How many signs of the code are an IBAN; 0: none."""
    length = _IBAN_LENGTHS.get(code[:2], 0)
    return length if 0 < length <= len(code) and _iban_is_valid(code[:length]) else 0


def _iban_is_valid(code: str) -> bool:
    """ISO 7064 mod 97-10: the first four signs go to the end, letters count 10 to 35."""
    turned = code[4:] + code[:4]
    return turned.isascii() and int("".join(str(int(sign, 36)) for sign in turned)) % 97 == 1


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(twice - 9 * (twice > 9) for twice in doubled)) % 10 == 0


def _listed(match: re.Match[str]) -> str:
    groups = [group.replace(" ", "") for group in re.split("[,.] ", match[0])]
    if are_years(groups) or is_round(groups):
        return match[0]
    if len(groups[0]) == 4 and len(groups) in (3, 4):
        return CARD if _luhn("".join(groups)) else match[0]
    return PHONE if len(groups[0]) == 3 or match[0].startswith("+") else NUMBER


def _one_by_one(match: re.Match[str]) -> str:
    parts = _PAUSE.split(match[0])
    groups = ["".join(_FIGURE.findall(part)) for part in parts]
    if are_years(groups) or all(_RANGE.fullmatch(part) for part in parts):
        return match[0]
    digits = "".join(groups)
    if 13 <= len(digits) <= 19 and _luhn(digits):
        return CARD
    sign = "+" if match[0].startswith("+") else ""
    in_groups = sign or len(groups) < len(digits)
    return PHONE if in_groups and _is_phone(sign + digits, groups, digits) else NUMBER


def _card_or_same(match: re.Match[str]) -> str:
    digits = "".join(_GROUP.findall(match[0]))
    if not 13 <= len(digits) <= 19 or not _luhn(digits) or set(digits) == {"0"}:
        return match[0]
    return match[0] if PROTECTED.fullmatch(match[0]) or is_round(_GROUP.findall(match[0])) else CARD


def _long_number_or_same(match: re.Match[str]) -> str:
    groups = _GROUP.findall(match[0])
    digits = "".join(groups)
    if len(digits) < FEWEST_DIGITS:
        return match[0]
    if not match[0].startswith(("+", "(")) and (are_years(groups) or is_round(groups) or are_prices(match[0])):
        return match[0]
    return PHONE if _is_phone(match[0], groups, digits) else NUMBER


def _is_phone(written: str, groups: list[str], digits: str) -> bool:
    sizes = [len(group) for group in groups]
    if sizes[-2:] == [3, 4] or (len(sizes) > 2 and sizes[-3:-1] == [3, 4]):  # 555-0132, with an extension or without
        return True
    if len(digits) > 17 or sizes == [3, 2, 4]:
        return False
    if digits.startswith("00"):
        return _is_valid_phone(f"+{digits[2:]}", None)
    if written.lstrip("(").startswith("+"):
        return _is_valid_phone(written, None)
    return any(_is_valid_phone(written, region) for region in HOME_REGIONS)


def _is_valid_phone(number: str, region: str | None) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    # Beside its country code a number is one even when nobody has it (yet).
    return phonenumbers.is_valid_number(parsed) or (region is None and phonenumbers.is_possible_number(parsed))
