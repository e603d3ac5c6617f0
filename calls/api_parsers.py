"""Request bodies into values that the database and the features can hold; anything else is refused by its place."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.parsers import BaseParser, JSONParser, MultiPartParser

from calls.storable import UNSTORABLE, is_storable

MOST_FAULTS = 20


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "too_large"
    default_detail = "The body is too large."


class BodyCutOff(ParseError):
    default_detail = "The body ended before all of it had come."


class BoundedJSONParser(JSONParser):
    """JSON as UTF-8, at most MAX_UPLOAD_BYTES of it: Django's own limit does not see bodies that are streamed."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return read_json(bounded(stream, parser_context))


class BytesParser(BaseParser):
    """The bytes as they came, as many as of JSON: what stands in them is judged line by line."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return bounded(stream, parser_context)


class BoundedMultiPartParser(MultiPartParser):
    """A file and fields beside it, each sent once. Upload handler and settings bound them while they are read."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        parsed = super().parse(stream, media_type, parser_context)
        counts = Counter(name for part in (parsed.data, parsed.files) for name, sent in part.lists() for _ in sent)
        if repeated := {name: ["Expected this part once."] for name, count in counts.items() if count > 1}:
            raise ValidationError(repeated)
        return parsed


class JSONLinesParser(BytesParser):
    media_type = "application/x-ndjson"


class CSVParser(BytesParser):
    media_type = "text/csv"


def bounded(stream: IO[Any], parser_context: Mapping[str, Any] | None) -> bytes:
    refuse_huge(parser_context)
    raw: bytes = stream.read(settings.MAX_UPLOAD_BYTES + 1)
    if len(raw) > settings.MAX_UPLOAD_BYTES:
        raise BodyTooLarge
    return raw


def refuse_huge(parser_context: Mapping[str, Any] | None) -> None:
    limit = settings.MAX_UPLOAD_BYTES
    request = (parser_context or {}).get("request")
    length = request.META.get("CONTENT_LENGTH") if request else None
    if length and length.isdecimal() and int(length) > limit:
        raise BodyTooLarge(f"The body has {int(length):,} bytes; at most {limit:,} are accepted.")


def read_json(raw: bytes, *, line: int = 1) -> object:
    """The value, in which every text can be stored and every number is finite.

    ParseError names line and column of what is no JSON, ValidationError the fields that cannot be kept.
    """
    try:
        value = json.loads(raw.decode("utf-8-sig"), parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        raise ParseError(f"Byte {error.start + 1} is not UTF-8; expected JSON in UTF-8.") from None
    except json.JSONDecodeError as error:
        raise ParseError(f"Line {error.lineno + line - 1}, column {error.colno}: {error.msg}.") from None
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None
    except ValueError:
        raise ParseError("A number in the JSON cannot be read; NaN, Infinity and endless digits are refused.") from None
    if is_suspect(value, raw):
        found = dict(faults(value))
        if found:
            raise ValidationError(found)
    return value


def refuse_constant(name: str) -> object:
    raise ValueError(name)


def is_suspect(value: object, raw: bytes) -> bool:
    """A quick look in C; only what it suspects is walked through in Python."""
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):  # not finite, or half a surrogate pair
        return True
    return b"\\u0000" in raw


def faults(value: object) -> Iterator[tuple[str, list[str]]]:
    """The first places whose text or number cannot be kept: ("turns[3].text", ["…"])."""
    waiting: list[tuple[str, object]] = [("", value)]
    found = 0
    while waiting and found < MOST_FAULTS:
        place, each = waiting.pop()
        if isinstance(each, dict):
            for key, inner in each.items():
                name = key if is_storable(key) else "?"
                waiting.append((f"{place}.{name}" if place else name, inner))
                if name == "?":
                    waiting.append((place or "body", key))
        elif isinstance(each, list):
            waiting.extend((f"{place}[{index}]", inner) for index, inner in enumerate(each))
        elif isinstance(each, str) and not is_storable(each):
            found += 1
            yield place or "body", [UNSTORABLE]
        elif isinstance(each, float) and each in (float("inf"), float("-inf")):
            found += 1
            yield place or "body", ["Too large a number."]
