"""One POST to an address that was checked: connected to just there, in a limited time, reading a limited answer.

No redirect is followed, no proxy of the environment is asked. Host and TLS name stay those of the URL.
"""

import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore
from django.conf import settings

from predictions.webhooks.addresses import Address, Resolve, checked_addresses, checked_url, resolve

CONNECT_SECONDS = 5.0
MOST_READ = 64 * 1024  # bytes of an answer
# httpcore's names for all that can go wrong on the way
NO_ANSWER = (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol)


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    start: bytes  # at most MOST_READ

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Deadline:
    """An end for the whole request; httpcore's own limits are for each step of it."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def within(self, timeout: float | None) -> float:
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("The time for the whole request is over.")
        return left if timeout is None else min(left, timeout)


class TimedStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self.inner, self.deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.inner.read(max_bytes, self.deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.inner.write(buffer, self.deadline.within(timeout))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self.inner.start_tls(ssl_context, server_hostname, self.deadline.within(timeout))
        return TimedStream(inner, self.deadline)

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


class Pinned(httpcore.NetworkBackend):
    """Connects to the given addresses whatever name is asked for, so that nobody resolves it a second time."""

    def __init__(self, addresses: Sequence[Address], deadline: Deadline) -> None:
        self.addresses, self.deadline = addresses, deadline
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failed: Exception = httpcore.ConnectError("There is no address.")
        for address in self.addresses:
            try:
                limit = self.deadline.within(timeout)
                stream = self.inner.connect_tcp(str(address), port, limit, socket_options=socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                return TimedStream(stream, self.deadline)
        raise failed


def post(url: str, body: bytes, headers: Mapping[str, str], resolve: Resolve = resolve) -> Answer:
    """Raises AddressRefused, or one of NO_ANSWER."""
    parts = checked_url(url)
    deadline = Deadline(settings.WEBHOOK_TIMEOUT_SECONDS)
    backend = Pinned(checked_addresses(parts, resolve), deadline)
    trusted = trust() if parts.scheme == "https" else None
    step = settings.WEBHOOK_TIMEOUT_SECONDS
    limits = {"connect": min(CONNECT_SECONDS, step), "read": step, "write": step, "pool": step}
    with (
        httpcore.ConnectionPool(ssl_context=trusted, network_backend=backend) as pool,
        pool.stream(
            "POST", url, headers=list(headers.items()), content=body, extensions={"timeout": limits}
        ) as response,
    ):
        types = [value for name, value in response.headers if name.lower() == b"content-type"]
        content_type = types[0].decode("latin-1").partition(";")[0].strip().lower() if types else ""
        return Answer(response.status, content_type, start_of(response))


def trust() -> ssl.SSLContext:
    """The usual authorities, and those of this machine or of SSL_CERT_FILE: an allowed network may have its own."""
    context = httpcore.default_ssl_context()
    context.load_default_certs()
    return context


def start_of(response: httpcore.Response) -> bytes:
    """A body that does not end, or never comes, takes nothing back from the status before it."""
    read = bytearray()
    try:
        for part in response.iter_stream():
            read += part
            if len(read) >= MOST_READ:
                break
    except NO_ANSWER:
        pass
    return bytes(read[:MOST_READ])
