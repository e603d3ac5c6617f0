"""What arrives: one call with what is known about it, checked before anything is done with it."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from calls.models import Customer
from calls.moments import EXPECTED_YEARS, is_possible
from calls.refusal import Refusal
from calls.storable import UNSTORABLE, is_storable, without_nul
from calls.transcripts.redaction import redact
from calls.transcripts.turns import ParseWarning

LONGEST = {"source": 100, "external_id": 200, "rep": 150, "deal": 200}
LONGEST_METADATA = 2000  # values, counted through all levels
DEEPEST_METADATA = 8
CLOCKS_DIFFER = timedelta(days=1)
UNUSED_SHOWN = 20
ZIP = b"PK\x03\x04"


class DeliveryRefused(Refusal):
    """What came cannot become a call; `fields` names what was wrong where, in the words of the sender's own file."""

    code = "invalid_delivery"


class UnreadableDelivery(DeliveryRefused):
    """The conversation itself cannot be read."""

    code = "unreadable_transcript"


class DeliveryTooLarge(DeliveryRefused):
    code = "too_large"


class ConflictingDelivery(Refusal):
    """Another conversation already has this source and external id."""

    code = "conflicting_delivery"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One call as somebody hands it in, with exactly one of `content`, `transcript`, `turns` and `document`.

    `customer` has "external_id", the typed columns of Customer, and "metadata".
    """

    source: str = "api"
    external_id: str = ""  # empty: made up from the content and who delivers it
    started_at: datetime | None = None  # None: now
    rep: str = ""
    deal: str = ""
    customer: Mapping[str, object] = field(default_factory=dict)
    content: bytes | None = None
    file_name: str = ""
    transcript: str | None = None
    turns: Sequence[Mapping[str, object]] | None = None
    document: object = None  # JSON in which another tool exports a conversation
    language: str = ""  # of what was said, where an import tells it; empty: heard from the words
    unused: frozenset[str] = frozenset()  # keys that were sent to no effect

    def warnings(self) -> list[dict[str, object]]:
        """Shaped as Call.warnings. A key may hold anything, so it is redacted and cut."""
        if not self.unused:
            return []
        keys = [redact(ascii(key[:100])) for key in sorted(self.unused)[:UNUSED_SHOWN]]
        if (more := len(self.unused) - UNUSED_SHOWN) > 0:
            keys.append(f"and {more} more")
        message = f"A call has no place for these keys, which were left out: {', '.join(keys)}."
        return [asdict(ParseWarning(code="unknown_keys", message=message))]


def checked(delivery: Delivery, *, customer_needed: bool = True, with_zips: bool = False) -> Delivery:
    """The delivery with clean fields and a time; DeliveryRefused names every field that cannot be accepted."""
    problems: dict[str, str] = {}
    clean = with_facts(delivery, problems, customer_needed=customer_needed)
    words = (delivery.content, delivery.transcript, delivery.turns, delivery.document)
    if sum(each is not None for each in words) != 1:
        problems["turns"] = 'Send exactly one of "turns", "transcript", "document" and a file.'
    refuse(problems)
    check_size(delivery, with_zips=with_zips)
    return clean


def checked_facts(delivery: Delivery) -> Delivery:
    """As `checked`, of all but the words."""
    problems: dict[str, str] = {}
    clean = with_facts(delivery, problems, customer_needed=True)
    refuse(problems)
    return clean


def refuse(problems: Mapping[str, str]) -> None:
    if problems:
        raise DeliveryRefused("The call cannot be accepted as it was sent.", fields=problems)


def with_facts(delivery: Delivery, problems: dict[str, str], *, customer_needed: bool) -> Delivery:
    texts: dict[str, Any] = {name: text_field(getattr(delivery, name), name, problems) for name in LONGEST}
    started_at = time_field(delivery.started_at, problems)
    customer = customer_fields(delivery.customer, problems)
    if customer_needed and not customer.get("external_id"):
        problems.setdefault("customer.external_id", "Missing: say which customer the call was with.")
    texts["source"] = texts["source"] or "api"
    return replace(
        delivery, **texts, started_at=started_at, customer=customer, file_name=short_name(delivery.file_name)
    )


def text_field(value: object, name: str, problems: dict[str, str]) -> str:
    if not isinstance(value, str):
        problems[name] = "Expected a text."
        return ""
    text = without_nul(value).strip()
    if not is_storable(text):
        problems[name] = UNSTORABLE
    elif len(text) > LONGEST[name]:
        problems[name] = f"At most {LONGEST[name]} characters; this has {len(text)}."
    return text


def time_field(moment: datetime | None, problems: dict[str, str]) -> datetime:
    now = timezone.now()
    if moment is None:
        return now
    if not is_possible(moment):
        problems["started_at"] = EXPECTED_YEARS
        return now
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    if moment > now + CLOCKS_DIFFER:
        problems["started_at"] = "This lies in the future; expected the time at which the call began."
    return moment


def customer_fields(customer: object, problems: dict[str, str]) -> dict[str, object]:
    """The known columns as texts, and the rest of what is known as clean JSON."""
    if not isinstance(customer, Mapping):
        problems["customer"] = 'Expected an object with "external_id".'
        return {}
    fields: dict[str, object] = {}
    for name in ("external_id", *Customer.TYPED):
        value = customer.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            problems[f"customer.{name}"] = "Expected a text."
            continue
        text = without_nul(str(value)).strip()
        fields[name] = text if name == "external_id" else redact(text)
        limit = column_length(name)
        if not is_storable(text):
            problems[f"customer.{name}"] = UNSTORABLE
        elif max(len(text), len(str(fields[name]))) > limit:  # redaction can lengthen it
            problems[f"customer.{name}"] = f"At most {limit} characters; this has {len(text)}."
    fields["metadata"] = metadata_field(customer.get("metadata") or {}, problems)
    return fields


def column_length(name: str) -> int:
    return getattr(Customer._meta.get_field(name), "max_length", None) or 0


def metadata_field(metadata: object, problems: dict[str, str]) -> dict[str, object]:
    if not isinstance(metadata, Mapping):
        problems["customer.metadata"] = "Expected an object of names and values."
    elif depth(metadata) > DEEPEST_METADATA:
        problems["customer.metadata"] = f"Nested more than {DEEPEST_METADATA} levels deep."
    elif size(metadata) > LONGEST_METADATA:
        problems["customer.metadata"] = f"More than {LONGEST_METADATA} values."
    else:
        kept = {without_nul(str(key)): sanitised(value) for key, value in metadata.items()}
        if is_storable(json.dumps(kept, ensure_ascii=False)):
            return kept
        problems["customer.metadata"] = UNSTORABLE
    return {}


def depth(value: object) -> int:
    """How deeply nested, counted level by level so that no nesting can exhaust the stack; gives up past the limit."""
    level, levels = [value], 0
    while level and levels <= DEEPEST_METADATA:
        level = [inner for each in level for inner in inside(each)]
        levels += 1
    return levels


def inside(value: object) -> list[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []


def size(value: object) -> int:
    return 1 + sum(size(inner) for inner in inside(value))


def sanitised(value: object) -> object:
    """JSON that Postgres can hold and that carries no personal numbers: no NUL, no NaN, texts redacted."""
    if isinstance(value, str):
        return redact(without_nul(value))
    if isinstance(value, Mapping):
        return {without_nul(str(key)): sanitised(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [sanitised(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float) or value is None else redact(str(value))


def check_size(delivery: Delivery, *, with_zips: bool = False) -> None:
    limit = settings.MAX_UPLOAD_BYTES
    if delivery.content is not None:
        length, what = len(delivery.content), "file"
    elif delivery.transcript is not None:
        length, what = len(delivery.transcript.encode(errors="replace")), "transcript"
    elif delivery.document is not None:
        length, what = len(json.dumps(delivery.document)), "document"
    else:
        length, what = sum(len(str(turn).encode(errors="replace")) for turn in delivery.turns or ()), "turns"
    if length > limit:
        message = f"The {what} has {length:,} bytes; at most {limit:,} are accepted."
        hint = "Split the call, or ask an admin to raise MAX_UPLOAD_BYTES."
        raise DeliveryTooLarge(message, hint=hint, fields={what: message})
    if delivery.content is not None:
        check_file(delivery.content, delivery.file_name if with_zips else "")


def is_zip(content: bytes, name: str) -> bool:
    """A zip by name and content; office files are zips, too, by content alone."""
    return name.lower().endswith(".zip") and content.startswith(ZIP)


def check_file(content: bytes, zip_name: str) -> None:
    if not content.strip():
        message = "The file is empty."
        raise UnreadableDelivery(message, hint="Choose a file with a transcript in it.", fields={"file": message})
    if content.startswith(ZIP) and not is_zip(content, zip_name):
        message = "This is a zip or office file; expected one transcript."
        raise UnreadableDelivery(message, hint="Unpack it, or use manage.py import_calls.", fields={"file": message})


def short_name(name: str) -> str:
    """The file's bare name without anything personal in it, and with its ending, by which the format is guessed."""
    written = without_nul(name).encode(errors="replace").decode()  # a name on a disk need not be text
    stem, dot, ending = written.replace("\\", "/").rsplit("/", 1)[-1].rpartition(".")
    if len(ending) > 10:
        stem, dot, ending = f"{stem}{dot}{ending}", "", ""
    return redact(stem)[: 190 - len(ending)] + dot + ending


def frozen_metadata(customer: Mapping[str, object]) -> dict[str, object]:
    """What a call keeps of its customer: the typed columns with the metadata laid over them."""
    metadata = customer.get("metadata")
    columns = {name: customer[name] for name in Customer.TYPED if customer.get(name)}
    return {**columns, **(metadata if isinstance(metadata, Mapping) else {})}
