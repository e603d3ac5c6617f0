"""Every address of the API says which scope a token needs there; what is not said, no token may do."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from calls.tokens import Scope
from tests.api_client import assert_error, client_of


def operations() -> list[tuple[str, str, str]]:
    """Method, address and description of all that the API does."""
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    return [(name, path, each["description"]) for path, known in paths.items() for name, each in known.items()]


@pytest.mark.parametrize(("method", "path", "description"), operations(), ids=lambda value: str(value)[:60])
def test_a_token_without_the_scope_is_refused_and_the_schema_names_it(admin, method, path, description):
    address = path.replace("{id}", "1").replace("{key}", "1-a")
    error = assert_error(client_of(admin, ["nothing"]).generic(method.upper(), address), 403, "missing_scope")
    [needed] = [scope for scope in Scope.values if f"`{scope}`" in description]
    assert f"lacks the scope {needed}." in error["message"]
