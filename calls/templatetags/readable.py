"""Numbers as people read them."""

import math
import re

from django import template

from calls.language import in_english

register = template.Library()

NARROW_SPACE = "\u202f"
ABBREVIATIONS = {name.lower(): name for name in ("AUC", "AP", "ECE", "F1", "PSI", "KS", "CRM", "API")}


@register.filter
def probability(value: float | None) -> str:
    """Whole percent; a probability is never shown as 0 or 100."""
    if value is None:
        return "–"
    percent = round(value * 100)
    if percent < 1:
        return f"<1{NARROW_SPACE}%"
    return f">99{NARROW_SPACE}%" if percent > 99 else f"{percent}{NARROW_SPACE}%"


@register.filter
def percent(value: float | None) -> str:
    return f"{value * 100:.0f}{NARROW_SPACE}%" if isinstance(value, int | float) else "–"


@register.filter
def share(value: float | None) -> str:
    """The end of an interval of a share, which cannot lie beyond 0 and 1."""
    return percent(value if value is None else min(1.0, max(0.0, value)))


@register.filter
def decimal(value: float | None, places: int = 3) -> str:
    """A fixed number of places; a dash for a number that does not exist."""
    if not isinstance(value, int | float) or math.isnan(value):
        return "–"
    return f"{value:z.{places}f}".replace("-", "−")


@register.filter
def signed(value: float | None, places: int = 3) -> str:
    """A difference: as `decimal`, and with its sign also above zero."""
    written = decimal(value, places)
    return f"+{written}" if written[0].isdigit() and written.strip("0.") else written


@register.filter
def minus(text: str) -> str:
    """Text with the sign of each negative number as a minus, as all other numbers on the page have it."""
    return re.sub(r"(?<![^\s(])-(?=\d)", "−", str(text))


register.filter("language", in_english)


@register.filter
def clock(seconds: float | None) -> str:
    """A position in a call: 4:07 or 1:02:03."""
    if seconds is None:
        return ""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


@register.filter
def lasting(seconds: float | None) -> str:
    """How long something took: 40 s, 12 min, 1 h 05."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds:.0f}{NARROW_SPACE}s"
    minutes = round(seconds / 60)
    return f"{minutes}{NARROW_SPACE}min" if minutes < 60 else f"{minutes // 60}{NARROW_SPACE}h {minutes % 60:02d}"


@register.filter
def spoken_name(name: str) -> str:
    """`talk_ratio` or `size.employees` as words."""
    words = str(name).replace("_", " ").replace(".", ": ")
    words = " ".join(ABBREVIATIONS.get(word, word) for word in words.split(" "))
    return words[:1].upper() + words[1:]
