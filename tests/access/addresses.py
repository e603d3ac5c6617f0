"""All addresses of the URL conf, as the resolver knows them."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def addresses(resolver: URLResolver | None = None, route: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Name, as for `reverse`, and route of each; one without a name is called by its route."""
    for each in (resolver or get_resolver()).url_patterns:
        here = route + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, here, f"{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern):
            yield (f"{space}{each.name}" if each.name else here), here
