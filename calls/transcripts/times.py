"""Times as transcripts write them, in seconds."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from calls.transcripts.findings import Findings
from calls.transcripts.utterances import Utterance

LONGEST_CALL = 24 * 3600.0
CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,6})?"
_CLOCK = re.compile(rf"\s*(-?)\s*({CLOCK})\s*")
_NUMBER = re.compile(r"\s*(-?\d{1,15}(?:[.,]\d{1,15})?)\s*(ms|s|sec|seconds)?\s*", re.IGNORECASE)


def clock_seconds(text: str) -> float | None:
    """`1:02:03.4`, `02:03` or `-0:01` in seconds; None if it is no clock time."""
    match = _CLOCK.fullmatch(text)
    if not match:
        return None
    total = 0.0
    for part in match[2].replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return -total if match[1] else total


def seconds(value: object, *, per_second: float = 1) -> float | None:
    """A number, a numeral or a clock time in seconds; None if it is none of these. May be negative or not finite."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        try:
            return float(value) / per_second
        except OverflowError:
            return math.inf
    if not isinstance(value, str):
        return None
    if match := _NUMBER.fullmatch(value):
        unit = 1000 if (match[2] or "").lower() == "ms" else 1 if match[2] else per_second
        return float(match[1].replace(",", ".")) / unit
    return clock_seconds(value)


def noted_seconds(value: object, findings: Findings, *, per_second: float = 1, line: int | None = None) -> float | None:
    """As `seconds`; a value that is there but cannot be read is counted."""
    found = seconds(value, per_second=per_second)
    if found is None and value not in (None, ""):
        findings.note("unreadable_times", line)
    return found


def with_possible_times(utterances: Iterable[Utterance], findings: Findings) -> list[Utterance]:
    """Leaves out times that cannot be and counts them; file order and overlaps stay, counted too."""
    checked = []
    latest_start = latest_end = -math.inf
    for utterance in utterances:
        start = _possible(utterance.start, findings, utterance.line)
        end = _possible(utterance.end, findings, utterance.line)
        if start is not None and end is not None and end < start:
            findings.note("ends_before_start", utterance.line)
            end = None
        if start is not None:
            if start < latest_start:
                findings.note("out_of_order", utterance.line)
            elif start < latest_end:
                findings.note("overlapping_times", utterance.line)
            latest_start = max(latest_start, start)
        latest_end = max(latest_end, latest_end if end is None else end)
        checked.append(replace(utterance, start=start, end=end))
    return checked


def _possible(moment: float | None, findings: Findings, line: int | None) -> float | None:
    if moment is None:
        return None
    for code, is_so in _IMPOSSIBLE:
        if is_so(moment):
            findings.note(code, line)
            return None
    return moment


_IMPOSSIBLE: tuple[tuple[str, Callable[[float], bool]], ...] = (
    ("unreadable_times", math.isnan),
    ("negative_times", lambda moment: moment < 0),
    ("absurd_times", lambda moment: moment > LONGEST_CALL),
)
