"""What every error of the API says, in its one shape, whichever way it was raised."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework import exceptions

from calls.refusal import Refusal

CORRECT = "Correct the fields that are named and send it again."
HINTS = {
    "not_authenticated": "Send the header `Authorization: Token …`; `manage.py issue_token USER` prints a token.",
    "authentication_failed": "Send the header `Authorization: Token …`; `manage.py issue_token USER` prints a token.",
    "permission_denied": "Ask an admin for the role that this needs.",
    "missing_scope": "Ask an admin for a token that may be used for this.",
    "not_found": "It does not exist, or you may not see it.",
    "method_not_allowed": "See /api/docs/ for what this address accepts.",
    "throttled": "Wait for the seconds that the Retry-After header names.",
    "parse_error": "The body must be valid JSON, or multipart with `file` and `data`.",
    "unsupported_media_type": "Send what /api/docs/ names for this address, mostly application/json.",
    "invalid": CORRECT,
    "invalid_delivery": CORRECT,
    "unreadable_transcript": CORRECT,
    "label_refused": CORRECT,
    "bad_configuration": CORRECT,
    "webhook_address_refused": CORRECT,
    "webhook_refused": CORRECT,
    "bad_request": "Ask for an address of this very site, in valid HTTP.",
    "not_acceptable": "Accept application/json.",
    "already_active": "There is nothing to do: it serves.",
    "already_retired": "Train another version: a retired one does not come back.",
    "not_active": "Revert the version that is active.",
    "being_promoted": "Wait until its promotion has come to its end.",
    "length_required": "Send Content-Length, not Transfer-Encoding: chunked.",
    "too_large": "Split the call, or ask an admin to raise MAX_UPLOAD_BYTES.",
    "server_error": "Try again; if it stays, tell an admin the time at which it happened.",
}

WITHOUT_QUOTES = {"invalid_choice": "Expected one of the values that /api/docs/ names."}


def speaks_json(request: HttpRequest) -> bool:
    """Whether errors are told in that shape, and not by a page."""
    return request.path.startswith("/api/")


def error_body(code: str, message: str, hint: str = "", fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    about = {"code": code, "message": message, "hint": hint or HINTS.get(code, ""), "fields": dict(fields or {})}
    return {"error": about}


def refused(error: Refusal) -> dict[str, Any]:
    return error_body(error.code, str(error), error.hint, error.fields)


def described(error: exceptions.APIException) -> dict[str, Any]:
    if isinstance(error, exceptions.ValidationError):
        fields = dict(flattened(error.detail))
        return error_body("invalid", "The request has fields that cannot be accepted.", fields=fields)
    code = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else error.default_code
    return error_body(code or error.default_code, str(error.detail))


def flattened(detail: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """REST framework's nested details as one text for each place: `customer.external_id`, `turns[2].start`."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = place if name == "non_field_errors" else f"{place}.{name}" if place else str(name)
            yield from flattened(inner, here)
    elif isinstance(detail, list) and any(isinstance(each, dict | list) for each in detail):
        for index, inner in enumerate(detail):
            if inner:
                yield from flattened(inner, f"{place}[{index}]")
    else:
        yield place or "body", " ".join(map(worded, detail)) if isinstance(detail, list) else worded(detail)


def worded(detail: str) -> str:
    """Django and REST framework quote the value in these; it can be what somebody said."""
    return WITHOUT_QUOTES.get(getattr(detail, "code", ""), str(detail))
