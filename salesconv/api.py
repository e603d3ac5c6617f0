"""The API's error table: one shape for every error, one status for every exception class."""

import sys
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import render
from django.views import defaults
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler

from calls.api_parsers import BodyCutOff, BodyTooLarge
from calls.delivery import ConflictingDelivery, DeliveryTooLarge
from calls.error_words import described, error_body, refused, speaks_json
from calls.keyed_requests import KeyInUse, KeyReused
from calls.refusal import Refusal
from mltraining.training import NotEnoughLabels
from predictions.insights.jobs import TooManyJobs
from predictions.live.arriving import LiveCallEnded, TurnsMissing
from predictions.predict import AnswerFailed
from predictions.preview import PreviewRefused
from predictions.promotion import PromotionRefused
from predictions.serving import NoActiveModel
from salesconv.unavailable import is_away, unavailable

# The first class that an exception is an instance of decides the status.
STATUSES: dict[type[Refusal], int] = {
    Refusal: status.HTTP_400_BAD_REQUEST,
    ConflictingDelivery: status.HTTP_409_CONFLICT,
    DeliveryTooLarge: status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
    KeyInUse: status.HTTP_409_CONFLICT,
    KeyReused: status.HTTP_422_UNPROCESSABLE_ENTITY,
    LiveCallEnded: status.HTTP_409_CONFLICT,
    TurnsMissing: status.HTTP_409_CONFLICT,
    TooManyJobs: status.HTTP_409_CONFLICT,
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
    UnreadablePostError: BodyCutOff,
}


def refusal_status(refusal: Refusal) -> int:
    return next(code for kind in type(refusal).__mro__ if (code := STATUSES.get(kind)))


def error_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: every error in the one shape; None leaves a programming fault to Django."""
    if isinstance(error, Refusal):
        return Response(refused(error), status=refusal_status(error))
    error = next((translated() for kind, translated in TRANSLATED.items() if isinstance(error, kind)), error)
    response = exception_handler(error, context)
    if response is not None and isinstance(error, exceptions.APIException):
        response.data = described(error)
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    is_too_large = isinstance(exception, RequestDataTooBig)
    if not speaks_json(request):
        return render(request, "413.html", status=413) if is_too_large else defaults.bad_request(request, exception)
    if is_too_large:
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
    """Django logs what happened, and calls this while it handles the error; nobody outside is told."""
    if is_away(sys.exception()):
        return unavailable(request, as_json=speaks_json(request))
    if not speaks_json(request):
        return defaults.server_error(request)
    return JsonResponse(error_body("server_error", "Something failed on the server."), status=500)
