"""The error responses that endpoints share, for the API's description; `salesconv.api_schema` says which has which."""

from collections.abc import Iterable

from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from calls.api_errors import example, refusal

BAD_REQUEST = example("bad_request", "The request cannot be read.")
INVALID = example(
    "invalid", "The request has fields that cannot be accepted.", fields={"page_size": "A valid integer is required."}
)
NO_JSON = example("parse_error", "Line 1, column 9: Expecting value.")
DENIED = "You do not have permission to perform this action."

UNAUTHENTICATED = refusal(
    "No token or session, or one that is not valid.",
    example("not_authenticated", "Authentication credentials were not provided."),
    example("authentication_failed", "This token is expired."),
)
NOT_FOUND = refusal("It does not exist, or you may not see it.", example("not_found", "Not found."))
NOT_ACCEPTABLE = refusal(
    "The header Accept asks for something that is not answered here.",
    example("not_acceptable", "Could not satisfy the request Accept header."),
)
LENGTH_REQUIRED = refusal(
    "The body comes in chunks and does not tell its length.",
    example("length_required", "The length of the body is not told."),
)
TOO_LARGE = refusal("The body or the file is over the limit.", example("too_large", "The body is too large."))
IN_USE = refusal(
    "The first request under this Idempotency-Key is still under way.",
    example(
        "idempotency_key_in_use",
        "The first request under this Idempotency-Key is still under way.",
        "Wait a moment and send it again, unchanged.",
    ),
)
REUSED = refusal(
    "This Idempotency-Key was sent with another request.",
    example(
        "idempotency_key_reused",
        "This Idempotency-Key was sent with another request.",
        "Send each request under a key of its own, and the same key only to repeat a request unchanged.",
    ),
)
THROTTLED = refusal(
    "Too many requests; the header Retry-After names the seconds to wait.",
    example("throttled", "Request was throttled. Expected available in 12 seconds."),
)
FAILED = refusal(
    "Something failed on the server; nothing was done.",
    example("server_error", "Something failed on the server."),
)
UNAVAILABLE = refusal(
    "A part of the server does not answer now; the header Retry-After names the seconds to wait.",
    example(
        "unavailable",
        "The server cannot do this now.",
        "Send it again, unchanged, in 5 seconds or later.",
    ),
)


def invalid(*, has_body: bool, has_fields: bool) -> OpenApiResponse:
    """400 of an endpoint that takes a body, only parameters, or neither."""
    if has_body:
        return refusal("A field, a parameter or the body cannot be accepted.", INVALID, NO_JSON, BAD_REQUEST)
    if has_fields:
        return refusal("A parameter cannot be accepted.", INVALID, BAD_REQUEST)
    return refusal("The request cannot be read.", BAD_REQUEST)


def forbidden(scope: str, role_messages: Iterable[str]) -> OpenApiResponse:
    """403 where a token needs the scope; `role_messages` are what is told to those whose role does not do."""
    denied = [example("permission_denied", message) for message in list(role_messages) or [DENIED]]
    lacking = [example("missing_scope", f"This token lacks the scope {scope}.")] if scope else []
    return refusal("Your role does not allow it, or the token lacks the scope.", *denied, *lacking)


def unsupported(media_types: Iterable[str]) -> OpenApiResponse:
    examples: OpenApiExample = example("unsupported_media_type", 'Unsupported media type "image/png" in request.')
    return refusal(f"The body is not {' or '.join(media_types)}.", examples)
