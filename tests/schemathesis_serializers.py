"""How schemathesis sends what is neither JSON nor a form."""

import json

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def line(context, value):
    """The schema describes one of the lines."""
    return value if isinstance(value, bytes) else json.dumps(value).encode()


@schemathesis.serializer("text/csv")
def table(context, value):
    return value if isinstance(value, bytes) else str(value).encode(errors="surrogatepass")
