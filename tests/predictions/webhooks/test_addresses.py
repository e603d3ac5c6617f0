"""A webhook never leads to an address that is not public, unless the setting allows it."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_socket import SocketConnectBlockedError

from predictions.webhooks import posting
from predictions.webhooks.addresses import AddressRefused, checked_url, is_public
from tests.predictions.webhooks.receiver import receiving

PUBLIC = "93.184.215.14"
NOT_PUBLIC = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200"),
    *("0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.0.8", "198.18.0.1", "203.0.113.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "2001:db8::1", "::127.0.0.1"),
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
)


@pytest.fixture
def nothing_allowed(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = []


def resolver(*answers):
    """Each time it is asked it gives the next of the answers; `asked` is what for."""
    given = iter(answers)
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return [ip_address(each) for each in next(given)]

    resolve.asked = asked
    return resolve


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(nothing_allowed, address):
    assert not is_public(ip_address(address))
    with pytest.raises(AddressRefused):
        posting.post("https://hooks.example.com/in", b"", {}, resolver([address]))
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(AddressRefused):
        checked_url(f"https://{literal}/in")


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_a_public_address_is_not(address):
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_another_way_of_writing_an_address_makes_it_no_more_public(address: IPv4Address):
    number = int(address)
    mapped, nat64 = IPv6Address((0xFFFF << 32) | number), IPv6Address((0x64FF9B << 96) | number)
    assert is_public(mapped) == is_public(address)
    assert is_public(address) or not is_public(nat64)


def test_one_address_among_several_that_is_not_public_is_enough(nothing_allowed):
    with pytest.raises(AddressRefused):
        posting.post("https://hooks.example.com/in", b"", {}, resolver([PUBLIC, "10.0.0.1"]))


@pytest.mark.parametrize("url", ["http://2130706433/in", "http://0x7f.1/in", "http://127.1/in", "http://localhost/in"])
def test_odd_spellings_of_this_machine_are_looked_through(settings, url):
    settings.WEBHOOK_ALLOWED_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(AddressRefused, match="not public"):
        posting.post(url, b"", {})


def test_a_name_that_answers_otherwise_the_second_time_is_not_asked_a_second_time(settings):
    """Both servers listen; only the first address is allowed."""
    settings.WEBHOOK_ALLOWED_NETWORKS = ["127.0.0.1/32"]
    changing = resolver(["127.0.0.1"], ["::1"])
    with receiving() as allowed:
        url = allowed.url.replace("127.0.0.1", "hooks.example.com")
        assert posting.post(url, b"{}", {}, changing).status == 200
    assert len(changing.asked) == len(allowed.received) == 1
    assert allowed.received[0].headers["host"].startswith("hooks.example.com:")


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
def test_the_connection_goes_to_the_address_that_was_checked(nothing_allowed):
    """The tests' own guard of sockets says where it would have gone."""
    with pytest.raises(SocketConnectBlockedError, match=PUBLIC):
        posting.post("https://hooks.example.com/in", b"{}", {}, resolver([PUBLIC], ["127.0.0.1"]))


def test_the_next_address_is_tried_where_the_first_does_not_answer():
    with receiving() as receiver:
        url = receiver.url.replace("127.0.0.1", "hooks.example.com")
        assert posting.post(url, b"{}", {}, resolver(["127.0.0.1", "127.0.0.1"])).status == 200


def test_no_proxy_of_the_environment_is_asked(monkeypatch):
    with receiving() as proxy, receiving() as receiver:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert posting.post(receiver.url, b"{}", {}).status == 200
    assert (len(proxy.received), len(receiver.received)) == (0, 1)


@pytest.mark.parametrize(
    "url",
    [
        *("ftp://example.com/", "file:///etc/passwd", "https://", "https:///in", "example.com/in", "", "https://a b/"),
        *("https://user:pass@example.com/", "https://user@example.com/", "https://example.com/#part"),
        *("https://example.com:99999/", "https://example.com:0/", "https://example.com\\@10.0.0.1/"),
        *("https://exämple.com/", "https://example.com/\r\nX: y", f"https://example.com/{'x' * 500}", "https://[::1/"),
    ],
)  # fmt: skip
def test_what_is_no_sound_address_is_refused(url):
    with pytest.raises(AddressRefused):
        checked_url(url)


def test_plain_http_is_for_allowed_networks_only(settings):
    with pytest.raises(AddressRefused, match="https"):
        posting.post("http://hooks.example.com/in", b"", {}, resolver([PUBLIC]))
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    with pytest.raises(AddressRefused, match="https"):
        checked_url("http://hooks.example.com/in")


@pytest.mark.parametrize("port", [22, 25, 80, 1023])
def test_no_other_service_of_a_public_host_is_spoken_to(nothing_allowed, port):
    with pytest.raises(AddressRefused, match="port"):
        posting.post(f"https://hooks.example.com:{port}/in", b"", {}, resolver([PUBLIC]))
