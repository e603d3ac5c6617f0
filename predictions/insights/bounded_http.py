"""How a language model's server is asked: a limited time, a limited answer, and nowhere else than where it was set.

Loads httpx2, so only functions import it.
"""

import time
from collections.abc import Iterator

import httpx2

MOST_READ = 4 * 1024 * 1024  # bytes of an answer, many times what fits the schema


class BoundedStream(httpx2.SyncByteStream):
    def __init__(self, inner: httpx2.SyncByteStream, deadline: float) -> None:
        self.inner, self.deadline = inner, deadline

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for part in self.inner:
            read += len(part)
            if read > MOST_READ:
                raise httpx2.ReadError(f"The answer has more than {MOST_READ:,} bytes.")
            if time.monotonic() > self.deadline:
                raise httpx2.ReadTimeout("The time for the whole answer is over.")
            yield part

    def close(self) -> None:
        self.inner.close()


class BoundedTransport(httpx2.HTTPTransport):
    """The client's own time-out is for each step of a request; an answer that drips would never reach it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        deadline = time.monotonic() + self.seconds
        response = super().handle_request(request)
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = BoundedStream(response.stream, deadline)
        return response


def client(seconds: float) -> httpx2.Client:
    """Follows no redirect: a transcript goes to the address that an admin has set, and to no other."""
    return httpx2.Client(transport=BoundedTransport(seconds), timeout=seconds, follow_redirects=False)
