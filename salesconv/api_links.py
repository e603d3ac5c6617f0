"""Links in the OpenAPI description: what an answer names can be asked for at the addresses below it."""

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


def add_links(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: `POST calls/` and `GET calls/` lead to `calls/{id}/` and all that is below it."""
    schemas, paths = result["components"]["schemas"], result["paths"]
    for path, operations in paths.items():
        below = list(with_one_id(paths, f"{path}{{id}}/"))
        for operation in operations.values():
            for response in successes(operation):
                if below and (pointer := id_in(response, schemas)):
                    where = {"id": f"$response.body#{pointer}"}
                    response["links"] = {name: {"operationId": name, "parameters": where} for name in below}
    return result


def with_one_id(paths: Mapping[str, Any], start: str) -> Iterator[str]:
    """The names of the operations at this address and below."""
    for path, operations in paths.items():
        if path.startswith(start) and path.count("{") == 1:
            yield from (operations[method]["operationId"] for method in METHODS if method in operations)


def successes(operation: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    return (response for status, response in operation["responses"].items() if status.startswith("2"))


def id_in(response: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    """Where an answer of the endpoint has the id, as a JSON pointer: its own, or that of the first in a page."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    properties = schemas.get(schema.get("$ref", "").rpartition("/")[2], {}).get("properties", {})
    if "id" in properties:
        return "/id"
    return "/results/0/id" if "results" in properties else ""
