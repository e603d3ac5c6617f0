"""The API's error table: one shape for every error, one status for every exception class."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from calls.api_parsers import BodyTooLarge
from calls.delivery import ConflictingDelivery, DeliveryTooLarge
from calls.keyed_requests import KeyInUse, KeyReused
from calls.refusal import Refusal
from mltraining.training import NotEnoughLabels
from predictions.predict import AnswerFailed
from predictions.preview import PreviewRefused
from predictions.promotion import PromotionRefused
from predictions.serving import NoActiveModel

# The first class that an exception is an instance of decides the status.
STATUSES: dict[type[Refusal], int] = {
    Refusal: status.HTTP_400_BAD_REQUEST,
    ConflictingDelivery: status.HTTP_409_CONFLICT,
    DeliveryTooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    KeyInUse: status.HTTP_409_CONFLICT,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    NotEnoughLabels: status.HTTP_409_CONFLICT,
    PreviewRefused: status.HTTP_409_CONFLICT,
    PromotionRefused: status.HTTP_409_CONFLICT,
    NoActiveModel: status.HTTP_503_SERVICE_UNAVAILABLE,
    AnswerFailed: status.HTTP_500_INTERNAL_SERVER_ERROR,
}

# What Django raises, as REST framework would say it.
TRANSLATED: dict[type[Exception], type[exceptions.APIException]] = {
    Http404: exceptions.NotFound,
    PermissionDenied: exceptions.PermissionDenied,
    RequestDataTooBig: BodyTooLarge,
    SuspiciousOperation: exceptions.ParseError,
}

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
    "unsupported_media_type": "Send application/json or, with a file, multipart/form-data.",
    "invalid": CORRECT,
    "invalid_delivery": CORRECT,
    "unreadable_transcript": CORRECT,
    "label_refused": CORRECT,
    "bad_configuration": CORRECT,
    "bad_request": "Ask for an address of this very site, in valid HTTP.",
    "not_acceptable": "Accept application/json.",
    "already_active": "There is nothing to do: it serves.",
    "too_large": "Split the call, or ask an admin to raise MAX_UPLOAD_BYTES.",
    "server_error": "Try again; if it stays, tell an admin the time at which it happened.",
}

WITHOUT_QUOTES = {"invalid_choice": "Expected one of the values that /api/docs/ names."}


def error_body(code: str, message: str, hint: str = "", fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
    about = {"code": code, "message": message, "hint": hint or HINTS.get(code, ""), "fields": dict(fields or {})}
    return {"error": about}


def refusal_status(refusal: Refusal) -> int:
    return next(code for kind in type(refusal).__mro__ if (code := STATUSES.get(kind)))


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: every error in the one shape; None leaves a programming fault to Django."""
    if isinstance(error, Refusal):
        body = error_body(error.code, str(error), error.hint, error.fields)
        return Response(body, status=refusal_status(error))
    error = next((translated() for kind, translated in TRANSLATED.items() if isinstance(error, kind)), error)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = described(error)
    return response


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


def speaks_json(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not speaks_json(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return JsonResponse(error_body("too_large", "The body is too large."), status=413)
    return JsonResponse(error_body("bad_request", "The request cannot be read."), status=400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not speaks_json(request):
        return defaults.permission_denied(request, exception)
    return JsonResponse(error_body("permission_denied", "You may not do this."), status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not speaks_json(request):
        return defaults.page_not_found(request, exception)
    hint = "" if request.path.endswith("/") else "Every address of the API ends in a slash."
    return JsonResponse(error_body("not_found", "There is no such address.", hint), status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django has logged what happened; nobody outside is told."""
    if not speaks_json(request):
        return defaults.server_error(request)
    return JsonResponse(error_body("server_error", "Something failed on the server."), status=500)
