"""What is wrong with the calls that came in: what they lack, what their parsing warned of, copies, languages, leaks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from calls.language import in_english
from calls.models import Call, CallQuerySet, User
from calls.transcripts.findings import MESSAGES
from mltraining.models import ModelVersion

NO_LANGUAGE = "none"
SHOWN_REJECTED = 10
# What the parsing of a delivery adds to the warnings that reading a file gives.
WARNINGS = {**MESSAGES, "unknown_keys": "Keys that are not known were left out."}
ONE_SIDED = (
    Q(statistics__talk_ratio__isnull=True) | Q(statistics__talk_ratio=None) | Q(statistics__talk_ratio__in=(0, 1))
)


@dataclass(frozen=True)
class Lack:
    title: str
    why: str  # it matters, and what to do
    calls: Callable[[CallQuerySet], CallQuerySet]  # those of some calls


def copied(calls: CallQuerySet) -> CallQuerySet:
    """Ready calls of the same file or the same turns as another of these calls."""
    ready = calls.ready().exclude(content_hash="")
    several = ready.order_by().values("content_hash").annotate(copies=Count("pk")).filter(copies__gt=1)
    return ready.filter(content_hash__in=several.values("content_hash"))


LACKS = {
    "customer": Lack(
        "Without a customer",
        "They bring no history, and may stand on both sides of a test. Deliver the customer's id with each call.",
        lambda calls: calls.ready().filter(customer=None),
    ),
    "times": Lack(
        "Without times",
        "Pauses, patience and length in minutes are not known. Export transcripts with time marks.",
        lambda calls: calls.ready().filter(duration=None),
    ),
    "roles": Lack(
        "Without two sides",
        "Nothing is said by the rep, or nothing by the customer. Name the rep as the transcript names them.",
        lambda calls: calls.ready().filter(ONE_SIDED),
    ),
    "copies": Lack(
        "Copies of another call",
        "The same file or the same words under another id. Erase all but one, or deliver each with one id.",
        copied,
    ),
}


@dataclass(frozen=True)
class Figure:
    key: str
    title: str
    why: str
    calls: int
    share: float  # of the ready calls


def lacks(visible: CallQuerySet, ready: int) -> list[Figure]:
    counts = {key: lack.calls(visible).order_by().count() for key, lack in LACKS.items()}
    return [Figure(key, lack.title, lack.why, counts[key], part(counts[key], ready)) for key, lack in LACKS.items()]


def warned(calls: CallQuerySet, code: str) -> CallQuerySet:
    return calls.ready().filter(warned_of(code))


def warned_of(code: str) -> Q:
    return Q(warnings__contains=[{"code": code}])


def warnings(visible: CallQuerySet, ready: int) -> list[Figure]:
    """Of each kind that was given, the most frequent first."""
    kinds = {code: Count("pk", filter=warned_of(code)) for code in WARNINGS}
    counts = visible.ready().exclude(warnings=[]).order_by().aggregate(**kinds)
    given = [Figure(code, WARNINGS[code], "", count, part(count, ready)) for code, count in counts.items() if count]
    return sorted(given, key=lambda figure: -figure.calls)


def spoken(calls: CallQuerySet, language: str) -> CallQuerySet:
    return calls.ready().filter(language="" if language == NO_LANGUAGE else language.lower())


def languages(visible: CallQuerySet, ready: int) -> list[Figure]:
    rows = visible.ready().order_by().values_list("language").annotate(calls=Count("pk")).order_by("-calls", "language")
    return [
        Figure(key or NO_LANGUAGE, in_english(key) or "not known", "", count, part(count, ready)) for key, count in rows
    ]


def part(count: int, of: int) -> float:
    return count / of if of else 0.0


def leaks() -> tuple[ModelVersion | None, Sequence[dict[str, Any]] | None]:
    """The newest version and what fired at its training; None: made before there were such checks."""
    version = ModelVersion.objects.first()
    return version, version.report.get("guards") if version else None


def data_quality(reader: User) -> dict[str, Any]:
    """Over all that this person may see, in a number of queries that no number of calls changes."""
    visible = Call.objects.visible_to(reader)
    ready = visible.ready().count()
    rejected = visible.filter(state=Call.State.REJECTED)
    version, found = leaks()
    return {
        "ready": ready,
        "lacks": lacks(visible, ready),
        "warnings": warnings(visible, ready),
        "languages": languages(visible, ready),
        "rejected": rejected.count(),
        "newest_rejected": rejected.order_by("-created_at", "-pk")[:SHOWN_REJECTED],
        "version": version,
        "guards": found,
    }
