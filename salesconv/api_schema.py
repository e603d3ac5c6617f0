"""The OpenAPI schema's part that every endpoint shares: the error responses in the one shape."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from calls.api_errors import example, refusal
from calls.api_once import HEADER
from calls.api_tokens import scopes_of
from calls.keyed_requests import LONGEST_KEY

INVALID = refusal(
    "A field, a parameter or the body cannot be accepted.",
    example(
        "invalid",
        "The request has fields that cannot be accepted.",
        "Correct the fields that are named and send it again.",
        {"customer.external_id": "This field is required."},
    ),
    example("parse_error", "Line 1, column 9: Expecting value."),
)
UNAUTHENTICATED = refusal(
    "No token or session, or one that is not valid.",
    example("not_authenticated", "Authentication credentials were not provided."),
)
FORBIDDEN = refusal(
    "Your role does not allow it, or the token lacks the scope.",
    example("permission_denied", "You do not have permission to perform this action."),
    example("missing_scope", "This token lacks the scope calls.add_call."),
)
NOT_FOUND = refusal(
    "It does not exist, or you may not see it.",
    example("not_found", "Not found.", "It does not exist, or you may not see it."),
)
TOO_LARGE = refusal("The body or the file is over the limit.", example("too_large", "The body is too large."))
UNSUPPORTED = refusal(
    "Neither JSON nor a multipart form.", example("unsupported_media_type", 'Unsupported media type "text/csv".')
)
IN_USE = refusal(
    "The first request under this Idempotency-Key is still under way.",
    example("idempotency_key_in_use", "The first request under this Idempotency-Key is still under way."),
)
REUSED = refusal(
    "This Idempotency-Key was sent with another request.",
    example("idempotency_key_reused", "This Idempotency-Key was sent with another request."),
)
THROTTLED = refusal(
    "Too many requests; the header Retry-After names the seconds to wait.",
    example("throttled", "Request was throttled. Expected available in 12 seconds."),
)
ONCE = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="Of your own making, for each request another one. Repeated within 24 hours under the same key, the "
    "request is not carried out again: its first answer is given again.",
)


def joined(own: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """An endpoint's own words on an error and those for all of them."""
    content, more = own["content"]["application/json"], shared["content"]["application/json"]
    examples = {**content.get("examples", {}), **more["examples"]}
    description = f"{own['description']} {shared['description']}"
    return {"description": description, "content": {"application/json": {**content, "examples": examples}}}


class DescribedErrors(AutoSchema):
    def get_description(self) -> str:  # type: ignore[override]  # the stubs know another schema
        scope = scopes_of(self.view).get(self.method)
        needed = f"A token needs the scope `{scope.value}`." if scope else ""
        return "\n\n".join(filter(None, (super().get_description(), needed)))

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for code, error in self.shared_errors().items():
            shared = self._get_response_for_code(error, code, ["application/json"], direction)
            responses[code] = joined(responses[code], shared) if code in responses else shared
        return dict(sorted(responses.items()))

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), *([ONCE] if self.method == "POST" else [])]

    def shared_errors(self) -> dict[str, Any]:
        found = {"401": UNAUTHENTICATED, "403": FORBIDDEN, "429": THROTTLED}
        if "{" in self.path:
            found["404"] = NOT_FOUND
        if self.method == "POST":
            found |= {"400": INVALID, "409": IN_USE, "413": TOO_LARGE, "415": UNSUPPORTED, "422": REUSED}
        elif self._is_list_view():
            found["400"] = INVALID
        return found
