"""The OpenAPI description as tests read it: its operations, what one of them lacks, and which answers are its own."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jsonschema
from django.http import HttpResponse
from django.urls import URLPattern, get_resolver
from drf_spectacular.generators import SchemaGenerator

EVERYWHERE = {"400", "401", "403", "406", "429", "500"}
WITH_BODY = {"post", "put", "patch"}
SEE = "see calls/api_examples.py and calls/api_errors.py for how"


@dataclass(frozen=True)
class Operation:
    method: str  # in small letters, as OpenAPI has it
    path: str
    said: Mapping[str, Any]

    @property
    def key(self) -> tuple[str, str]:
        """The name of a parameter is another one in the address than in its description."""
        return self.method, re.sub(r"\{\w+\}", "{}", self.path)

    @property
    def responses(self) -> dict[str, Any]:
        return self.said["responses"]

    def codes(self, status: int | str) -> set[str]:
        """Of the errors that it shows as examples."""
        return {value["error"]["code"] for _, value in examples(self.responses.get(str(status), {}))}

    def errors(self) -> set[tuple[str, str]]:
        """Status and code."""
        return {(status, code) for status in self.responses if status >= "400" for code in self.codes(status)}

    def lacks(self) -> Iterator[str]:
        if re.match(r"$|A token needs the scope", self.said.get("description", "")):
            yield "words on what it does: a docstring of the method, or of the view"
        yield from (f"the status {status}" for status in sorted(self.must_answer() - set(self.responses)))
        for media_type, content in self.said.get("requestBody", {}).get("content", {}).items():
            yield from wrong_examples(f"the request as {media_type}", media_type, content, complete=False)
        for status, response in self.responses.items():
            for media_type, content in response.get("content", {}).items():
                if content.get("schema", {}).get("format") != "binary":  # a zip has no example that can be read
                    yield from wrong_examples(f"the answer {status}", media_type, content, complete=status < "300")
            if status >= "400" and "#/components/schemas/Error'" not in str(response):
                yield f"the one shape of errors in the answer {status}: calls.api_errors.refusal"
            elif status >= "400":
                shown = examples(response)
                yield from (f"a hint in {status} {name}" for name, value in shown if not value["error"]["hint"])
        if self.method == "post" and "Idempotency-Key" not in str(self.said.get("parameters")):
            yield "the Idempotency-Key: a view with a POST inherits calls.api_once.OncePerKey"
        if "Retry-After" not in self.responses.get("429", {}).get("headers", {}):
            yield "the header Retry-After of 429"

    def must_answer(self) -> set[str]:
        with_parameter = {"404"} if "{" in self.path else set()
        with_body = {"411", "413", "415"} if self.method in WITH_BODY else set()
        return EVERYWHERE | with_parameter | with_body | ({"409", "422"} if self.method == "post" else set())


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    return SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1)
def operations() -> dict[tuple[str, str], Operation]:
    paths = description()["paths"].items()
    found = [Operation(method, path, said) for path, known in paths for method, said in known.items()]
    return {each.key: each for each in found}


def served() -> Iterator[tuple[str, str]]:
    """Method and address of whatever the urlconf leads to under /api/v1/."""
    for address, pattern in walk(get_resolver().url_patterns):
        view = pattern.callback
        if address.startswith("api/v1/"):
            methods = getattr(view, "actions", None) or {
                name for name in view.cls.http_method_names if hasattr(view.cls, name) and name != "options"
            }
            yield from ((method, plain(address)) for method in methods if method != "head")


def walk(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here, pattern
        else:
            yield from walk(pattern.url_patterns, here)


def plain(route: str) -> str:
    """`api/v1/^calls/(?P<pk>[0-9]{1,18})/$` and `api/v1/<int:pk>/` as an address with `{}` for what varies."""
    return "/" + re.sub(r"<[^>]*:?\w+>|\(\?P<\w+>[^)]*\)", "{}", route).replace("^", "").replace("\\Z", "").rstrip("$")


def examples(holder: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Name and value, of a response or of one of its contents."""
    for content in holder.get("content", {"": holder}).values():
        yield from ((name, each["value"]) for name, each in content.get("examples", {}).items())


def wrong_examples(what: str, media_type: str, content: Mapping[str, Any], *, complete: bool) -> Iterator[str]:
    shown = list(examples(content))
    if not shown:
        yield f"an example of {what}; {SEE}"
    schema = strict(content["schema"], complete=complete)
    schema["components"] = {"schemas": strict(description()["components"]["schemas"], complete=complete)}
    for name, value in shown if media_type == "application/json" else []:
        fault = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
        if fault:
            yield f"a right example of {what}: {name}: {fault.json_path}: {fault.message}"


def strict(schema: Any, *, complete: bool) -> Any:
    """OpenAPI 3.0 as JSON Schema, under which nothing is allowed, or if complete missing, that is not described."""
    if isinstance(schema, list):
        return [strict(each, complete=complete) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {
        name: strict(each, complete=complete) for name, each in schema.items() if name not in ("nullable", "example")
    }
    if isinstance(schema.get("properties"), dict) and "type" in schema:
        found.setdefault("additionalProperties", False)
        found |= {"required": list(schema["properties"])} if complete else {}
    return {"anyOf": [found, {"type": "null"}]} if schema.get("nullable") is True else found


def assert_described(response: HttpResponse, method: str, route: str) -> None:
    """An answer that no endpoint's description names is a fault of the description, or of the answer."""
    operation = operations().get((method.lower(), plain(route)))
    if operation is None:
        return  # no such method: 405
    name, status = f"{method} {operation.path}", response.status_code
    assert str(status) in operation.responses, f"{name} answers {status}, which its description does not name"
    if status >= 400:
        code = response.json()["error"]["code"]
        known = operation.codes(status)
        assert code in known, f"{name} answers {status} {code}; the examples of its description are of {sorted(known)}"
