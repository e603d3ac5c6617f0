"""The OpenAPI schema's part that every endpoint shares: what each may refuse follows from its view."""

from typing import Any, Literal

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import get_doc
from drf_spectacular.utils import OpenApiParameter

from calls.api_once import HEADER, REPLAYED, OncePerKey
from calls.api_tokens import scopes_of
from calls.keyed_requests import LONGEST_KEY
from salesconv import api_refusals as refusals

WITH_BODY = ("POST", "PUT", "PATCH")
NUMBER = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}
ONCE = OpenApiParameter(
    HEADER,
    {"type": "string", "maxLength": LONGEST_KEY},
    OpenApiParameter.HEADER,
    description="Of your own making, for each request another one. Repeated within 24 hours under the same key, the "
    "request is not carried out again: its first answer is given again.",
)
AGAIN = OpenApiParameter(
    REPLAYED,
    {"type": "string", "enum": ["true"]},
    OpenApiParameter.HEADER,
    description="This is the first answer under the Idempotency-Key, given again.",
    response=[200, 201, 202, 204],
)
WAIT = OpenApiParameter(
    "Retry-After",
    {"type": "integer", "minimum": 0},
    OpenApiParameter.HEADER,
    required=True,
    description="In so many seconds the next request will be answered.",
    response=[429, 503],
)


def joined(own: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """An endpoint's own words on an error and those for all of them."""
    content, more = own["content"]["application/json"], shared["content"]["application/json"]
    examples = {**content.get("examples", {}), **more["examples"]}
    description = f"{own['description']} {shared['description']}"
    return {**shared, "description": description, "content": {"application/json": {**content, "examples": examples}}}


class DescribedErrors(AutoSchema):
    def get_description(self) -> str:  # type: ignore[override]  # the stubs know another schema
        said = super().get_description()  # of the method, else of the view's class
        scope = scopes_of(self.view).get(self.method)
        needed = f"A token needs the scope `{scope.value}`." if scope else ""
        return "\n\n".join(filter(None, ("" if said == get_doc(OncePerKey) else said, needed)))

    def get_override_parameters(self) -> list[Any]:
        return [*super().get_override_parameters(), WAIT, *([ONCE, AGAIN] if self.is_done_once() else [])]

    def _get_parameters(self) -> list[dict[str, Any]]:
        """An id is a number; an optional parameter that is sent empty is as one left out, unless it is a list."""
        found: list[dict[str, Any]] = super()._get_parameters()
        for each in found:
            if each["in"] == "query" and not each.get("required") and each["schema"].get("type") != "array":
                each["allowEmptyValue"] = True
            if each["schema"].get("pattern") == "^[0-9]{1,18}$":  # the views' lookup_value_regex
                each["schema"] = NUMBER
        return found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> dict[str, Any]:
        responses: dict[str, Any] = super()._get_response_bodies(direction)
        for code, error in self.shared_errors().items():
            shared = self._get_response_for_code(error, code, ["application/json"], direction)
            responses[code] = joined(responses[code], shared) if code in responses else shared
        return dict(sorted(responses.items()))

    def _get_examples(self, serializer: Any, direction: Any, media_type: Any, *args: Any) -> dict[str, Any]:
        """A serializer's examples stand for each success that it describes, not only for 200 and 201."""
        status, *extras = args or [None]
        found = super()._get_examples(serializer, direction, media_type, status, *extras)
        is_other_success = status and status.startswith("2")
        return found or (
            super()._get_examples(serializer, direction, media_type, "200", *extras) if is_other_success else found
        )

    def shared_errors(self) -> dict[str, Any]:
        """What the address, the method and the classes of the view make possible, by status."""
        has_body = self.method in WITH_BODY
        found = {
            "400": refusals.invalid(has_body=has_body, has_fields=self.has_query()),
            "401": refusals.UNAUTHENTICATED,
            "403": self.forbidden(),
            "406": refusals.NOT_ACCEPTABLE,
            "429": refusals.THROTTLED,
            "500": refusals.FAILED,
            "503": refusals.UNAVAILABLE,
        }
        if "{" in self.path:
            found["404"] = refusals.NOT_FOUND
        if has_body:
            found |= {"411": refusals.LENGTH_REQUIRED, "413": refusals.TOO_LARGE}
            found["415"] = refusals.unsupported(self.map_parsers())
        if self.is_done_once():
            found |= {"409": refusals.IN_USE, "422": refusals.REUSED}
        return found

    def is_done_once(self) -> bool:
        return self.method == "POST" and isinstance(self.view, OncePerKey)

    def has_query(self) -> bool:
        return any(parameter["in"] == "query" for parameter in self._get_parameters())

    def forbidden(self) -> Any:
        scope = scopes_of(self.view).get(self.method)
        messages = [message for each in self.view.get_permissions() if (message := getattr(each, "message", ""))]
        return refusals.forbidden(scope.value if scope else "", messages if self.method in WITH_BODY else [])
