"""The OpenAPI schema's part that every endpoint shares: the error responses in the one shape."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema

from calls.api_errors import example, refusal
from calls.api_tokens import scopes_of

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
THROTTLED = refusal(
    "Too many requests; the header Retry-After names the seconds to wait.",
    example("throttled", "Request was throttled. Expected available in 12 seconds."),
)


class DescribedErrors(AutoSchema):
    def get_description(self) -> str:  # type: ignore[override]  # the stubs know another schema
        scope = scopes_of(self.view).get(self.method)
        needed = f"A token needs the scope `{scope.value}`." if scope else ""
        return "\n\n".join(filter(None, (super().get_description(), needed)))

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for code, response in self.shared_errors().items():
            if code not in responses:
                responses[code] = self._get_response_for_code(response, code, ["application/json"], direction)
        return dict(sorted(responses.items()))

    def shared_errors(self) -> dict[str, Any]:
        found = {"401": UNAUTHENTICATED, "403": FORBIDDEN, "429": THROTTLED}
        if "{" in self.path:
            found["404"] = NOT_FOUND
        if self.method == "POST":
            found |= {"400": INVALID, "413": TOO_LARGE, "415": UNSUPPORTED}
        elif self._is_list_view():
            found["400"] = INVALID
        return found
