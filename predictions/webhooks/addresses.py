"""Where a webhook may lead: to public addresses by HTTPS, and to what WEBHOOK_ALLOWED_NETWORKS names."""

import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from calls.refusal import Refusal
from predictions.webhooks.models import LONGEST_URL

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[Address]]

DEFAULT_PORTS = {"https": 443, "http": 80}
FIRST_FREE_PORT = 1024  # below it lie mail servers, shells and the like
NAT64 = IPv6Network("64:ff9b::/96")
# Not for the public, or tunnels to anywhere; not every release of Python knows them all.
SPECIAL = tuple(
    map(
        ip_network,
        ("192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20"),
    )
)
HINT = "Name a public HTTPS address; an admin allows others with WEBHOOK_ALLOWED_NETWORKS."


class AddressRefused(Refusal):
    """A webhook must not lead there. What a name resolves to is not told."""

    code = "webhook_address_refused"


def resolve(host: str, port: int) -> list[Address]:
    """Every address of a name; AddressRefused if there is none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise refused("The name of the host cannot be resolved.") from None
    return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]


def checked_url(url: str) -> SplitResult:
    """Whatever can be told of an address without asking anybody; raises AddressRefused."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused("This is no address of the web.") from None
    if len(url) > LONGEST_URL or not (url.isascii() and url.isprintable() and " " not in url):
        raise refused(f"Expected at most {LONGEST_URL} ASCII characters without spaces; other names as xn--….")
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname or "\\" in url or port == 0:
        raise refused("Expected https://, a host, and a path.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise refused("Neither a user nor a fragment belongs into the address.")
    if parts.scheme != "https" and not settings.WEBHOOK_ALLOWED_NETWORKS:
        raise refused("Expected https://.")
    if literal := literal_address(parts.hostname):
        check([literal], parts)
    return parts


def literal_address(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def checked_addresses(parts: SplitResult, resolve: Resolve) -> list[Address]:
    """Asks for the addresses, once; all of them must be allowed, and only to those may be connected."""
    found = list(resolve(str(parts.hostname), port_of(parts)))
    check(found, parts)
    return found


def check(found: Sequence[Address], parts: SplitResult) -> None:
    if all(map(is_allowed, found)):
        return
    if not all(is_allowed(each) or is_public(each) for each in found):
        raise refused("The host has an address that is not public.")
    if parts.scheme != "https":
        raise refused("Expected https://; plain HTTP goes to allowed networks only.")
    if port_of(parts) != DEFAULT_PORTS["https"] and port_of(parts) < FIRST_FREE_PORT:
        raise refused(f"Expected port 443, or one from {FIRST_FREE_PORT} on.")


def port_of(parts: SplitResult) -> int:
    return parts.port or DEFAULT_PORTS[parts.scheme]


def is_public(address: Address) -> bool:
    return all(is_public_itself(form) for form in forms(address))


def is_public_itself(address: Address) -> bool:
    special = address.is_multicast or address.is_reserved or any(address in network for network in SPECIAL)
    local = address.is_private or address.is_loopback or getattr(address, "is_site_local", False)
    return address.is_global and not special and not local


def is_allowed(address: Address) -> bool:
    """In a network of the setting, and so is every address that it stands for."""
    networks = [ip_network(each, strict=False) for each in settings.WEBHOOK_ALLOWED_NETWORKS]
    return all(any(form in network for network in networks) for form in forms(address))


def forms(address: Address) -> Iterator[Address]:
    """The address, and the one of IPv4 that it leads to; one of IPv6 may only be another way of writing that."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        yield address.ipv4_mapped
        return
    yield address
    if address in NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def refused(message: str) -> AddressRefused:
    return AddressRefused(message, hint=HINT, fields={"url": message})
