"""Which figures are amounts, quantities, dates or times of day, so that redaction leaves them alone."""

import re

_GAP = r"[ \u00a0\u202f]?"
_SIGN = r"(?:[$€£¥₹₩₽₺₪]|(?:US|CA|AU|A|C|NZ|HK|S)\$)"
_CODE = (
    r"(?:USD|EUR|GBP|CHF|JPY|CNY|RMB|INR|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|MXN|ZAR|SGD|HKD|TRY|ILS|AED|SAR"
    r"|Rs\.?|kr\.?|zł|Fr\.?)"
)
_NAME = (
    rf"(?:{_CODE}|euros?|dollars?|bucks|pounds?|quid|pence|cents?|rupees?|yen|yuan|francs?|franken|kron(?:or|er|en)"
    r"|korun|zlot(?:y|ys|ych)|forints?|reais|pesos?|liras?|rand|shekels?|dirhams?|riyals?)"
)
# 1250000 · 1,250,000.50 · 1.250.000,50 · 1 250 000 · 1'250'000 · 12,50,000
_GROUPED = (
    r"(?:\d{1,3}(?:,\d{2,3}){1,5}(?:\.\d{1,2})?|\d{1,3}(?:\.\d{3}){1,5}(?:,\d{1,2})?"
    r"|\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,5}(?:[.,]\d{1,2})?|\d{1,3}(?:['\u2019]\d{3}){1,5}(?:\.\d{1,2})?)"
)
_AMOUNT = rf"(?:{_GROUPED}|\d{{1,15}}(?:[.,]\d{{1,2}})?)"
_UNIT = (
    r"(?:k|m|mm|mn|bn|tn|thousand|million|billion|trillion|grand|percent|per\ cent|%|lakhs?|crores?|tausend|mio"
    r"|millionen|users?|seats?|licen[sc]es?|employees|people|persons|customers|accounts|contacts|units?|pieces|items"
    r"|records|rows"
    r"|calls|emails|messages|visitors|views|downloads|transactions|orders|requests|hours?|minutes?|seconds?|days?|weeks?"
    r"|tickets?|box(?:es)?|pallets?|parcels?|packages?|bottles?|copies|devices?|machines?|vehicles?|stores?|sites?|pages?"
    r"|documents?|products?|articles?|clicks?|impressions?|subscribers?|members?|students?|patients?|households?|leads?"
    r"|deals?|invoices?|payments?|shipments?|deliveries|meetings?|months?|years?|km|miles?|meters?|metres?|kg|tons?|tonnes|square|sqm|gb|tb|mb|shares|points)"
)
_END = r"(?![\d]|[.,'\u2019]\d)"
_START = r"(?<![\d.,])"

# Fails fast where neither a figure nor a sign or code before one stands.
_NEAR = r"(?=[\d$€£¥₹₩₽₺₪]|[^\W\d_]{1,3}[.$]{0,2}[ \u00a0\u202f]?-?\d)"

PROTECTED = re.compile(
    _NEAR
    + "(?:"
    + "|".join(
        (
            # money: a range or one amount beside a currency
            rf"{_START}(?:{_SIGN}|\b{_CODE}){_GAP}-?{_AMOUNT}(?:{_GAP}(?:-|\u2013|to){_GAP}{_SIGN}?{_AMOUNT})?{_END}",
            rf"{_START}(?<!\+){_AMOUNT}(?:{_GAP}(?:-|\u2013|to){_GAP}{_AMOUNT})?{_GAP}(?:{_SIGN}|{_NAME}\b)(?!\s?\d)",
            rf"(?<=between\ ){_AMOUNT}\ and\ {_AMOUNT}{_GAP}{_NAME}\b",
            # quantities: figures grouped by commas, or up to nine figures before a unit
            rf"{_START}\d{{1,3}}(?:,\d{{2,3}}){{1,5}}(?:\.\d{{1,3}})?{_END}",
            rf"{_START}(?<![+\d][ \-(])(?!0\d)(?:{_GROUPED}|\d{{1,9}}(?:[.,]\d{{1,3}})?){_GAP}{_UNIT}\b",
            # two decimals: 12345.67
            rf"{_START}(?<![\d][ \-])[1-9]\d{{0,8}}[.,]\d{{2}}(?![\d]|[ .,\-]\d)",
            # dates, with or without a time of day
            r"(?<!\d)(?<!\d[-/.])(?:19|20)\d\d([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)"
            r"(?:[T ]\d{1,2}:\d\d)?",
            r"(?<!\d)(?<!\d[-/.])(?:0?[1-9]|[12]\d|3[01])([-/.])(?:0?[1-9]|[12]\d|3[01])\2(?:(?:19|20)\d\d|\d\d)"
            r"(?!\d|[.\-/]\d)",
            # orders and articles: capitals before short groups, PO-2024-0153
            r"(?<=\b(?-i:[A-Z])-)\d{2,6}(?:[-/]\d{2,4})?(?![\d]|[-/]\d)",
            r"(?<=\b(?-i:[A-Z]{2})-)\d{2,6}(?:[-/]\d{2,4})?(?![\d]|[-/]\d)",
            r"(?<=\b(?-i:[A-Z]{3})-)\d{2,6}(?:[-/]\d{2,4})?(?![\d]|[-/]\d)",
            # times of day and ranges of them: 10:30-11:45, 10.30-11.45
            r"(?<!\d)\d{1,2}[:.]\d\d(?::\d\d(?:\.\d{1,6})?)?\s?(?:-|\u2013)\s?\d{1,2}[:.]\d\d(?![\d.\-])",
            # a number of a year: 2024/0153
            r"(?<![\d\-+/.])20[0-3]\d/\d{2,4}(?![\d]|[-/]\d)",
            # years and ranges of years: 2023/2024, 2019 - 2021
            r"(?<![\d\-+/])(?:19|20)\d\d(?:\s?[-\u2013/,]\s?(?:19|20)\d\d){1,5}(?![\d\-])",
        )
    )
    + ")",
    re.IGNORECASE,
)


_PRICES = re.compile(r"[1-9]\d{0,5}[.,]\d\d(?: [1-9]\d{0,5}[.,]\d\d){1,50}")


def is_round(groups: list[str]) -> bool:
    """Figures without a currency that can only be a quantity: `1 000 000`, `2500000`, or a list such as `500 1000`."""
    if any(group.startswith("0") and len(groups) == 1 for group in groups):
        return False
    whole = "".join(groups)
    grouped = len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])
    if whole[0] != "0" and (len(groups) == 1 or grouped) and len(whole.rstrip("0")) <= 4 and whole.endswith("000"):
        return True
    return len(groups) > 1 and all(group.endswith("00") and group[0] != "0" for group in groups)


def are_prices(written: str) -> bool:
    """A list such as `19.99 29.99`."""
    return bool(_PRICES.fullmatch(written))


def are_years(groups: list[str]) -> bool:
    """Years only, or two years and more with few figures beside them."""
    others = [group for group in groups if len(group) != 4 or group[:2] not in ("19", "20")]
    return not others or (len(groups) - len(others) > 1 and sum(map(len, others)) < 5)
