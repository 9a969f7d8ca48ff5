"""Which addresses may be called, in whatever form they are written."""

from __future__ import annotations

import pytest

from executors.gateway.addresses import (
    Allowed,
    BadAllowList,
    check_addresses,
    check_url,
    read_allowed,
    refusal,
)
from executors.gateway.errors import AddressRefused

NOTHING = Allowed()
ALL = Allowed(loopback=True, private=True)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",  # metadata
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "::ffff:169.254.169.254",  # mapped
        "64:ff9b::a9fe:a9fe",  # NAT64
        "2002:a9fe:a9fe::1",  # 6to4
        "169.254.1.1",  # link-local
        "fe80::1",
        "fe80::1%eth0",
        "224.0.0.1",  # multicast
        "ff02::1",
        "0.0.0.0",
        "0.1.2.3",
        "::",
        "240.0.0.1",  # reserved
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
        "2001:db8::1",
        "2001::1",  # Teredo
        "64:ff9b:1::1",
    ],
)
def test_refused_always(address: str) -> None:
    assert refusal(address, NOTHING)
    assert refusal(address, ALL)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "2002:7f00:1::", "::127.0.0.1",
     "64:ff9b::7f00:1"],
)  # fmt: skip
def test_loopback_has_to_be_allowed(address: str) -> None:
    assert "loopback" in str(refusal(address, NOTHING))
    assert "loopback" in str(refusal(address, Allowed(private=True)))
    assert refusal(address, Allowed(loopback=True)) is None


@pytest.mark.parametrize(
    "address",
    ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1",
     "fdff::1", "fec0::1", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1"],
)  # fmt: skip
def test_private_addresses_have_to_be_allowed(address: str) -> None:
    assert "private" in str(refusal(address, NOTHING))
    assert "private" in str(refusal(address, Allowed(loopback=True)))
    assert refusal(address, Allowed(private=True)) is None


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1"]
)
def test_public_addresses_are_fine(address: str) -> None:
    assert refusal(address, NOTHING) is None


def test_networks_are_allowed_one_by_one() -> None:
    allowed = read_allowed(" 10.1.0.0/16 , fd12::/16")

    assert refusal("10.1.2.3", allowed) is None
    assert refusal("::ffff:10.1.2.3", allowed) is None
    assert refusal("fd12::1", allowed) is None
    assert refusal("10.2.0.1", allowed)


def test_no_network_allows_what_is_always_refused() -> None:
    allowed = read_allowed("0.0.0.0/0,::/0")

    assert refusal("169.254.169.254", allowed)
    assert refusal("fe80::1", allowed)
    assert refusal("224.0.0.1", allowed)
    assert refusal("240.0.0.1", allowed)


def test_words_of_the_allow_list() -> None:
    assert read_allowed("") == NOTHING
    assert read_allowed("loopback, private") == ALL
    with pytest.raises(BadAllowList, match="localhost"):
        read_allowed("localhost")


@pytest.mark.parametrize(
    "host",
    ["127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "[::1]",
     "[::ffff:7f00:1]", "127.0.0.1"],
)  # fmt: skip
def test_every_form_of_an_address_is_seen_through(host: str) -> None:
    with pytest.raises(AddressRefused, match="loopback"):
        check_url(f"http://{host}:9090/", NOTHING)
    assert check_url(f"http://{host}:9090/", ALL).port == 9090


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.com/", "only http"),
        ("file:///etc/passwd", "only http"),
        ("//example.com", "only http"),
        ("example.com:80", "only http"),
        ("http://user@example.com/", "credentials"),
        ("http://user:secret@example.com/", "credentials"),
        ("http://:@example.com/", "credentials"),
        ("http:///path", "names no host"),
        ("http://[fe80::1%25eth0]/", "names no host"),
        ("http://exa mple.com/", "characters"),
        ("http://example.com/\r\nHost: other", "characters"),
        ("http://example.com\\@127.0.0.1/", "characters"),
        ("http://ex\N{LATIN SMALL LETTER A WITH DIAERESIS}mple.com/", "characters"),
        ("http://example.com:0/", "port 0"),
        ("http://example.com:99999/", "[Pp]ort"),
        ("http://[::1/", "Invalid"),
    ],
)
def test_what_no_executor_may_be_called_by(url: str, reason: str) -> None:
    with pytest.raises(AddressRefused, match=reason) as caught:
        check_url(url, ALL)
    assert "secret" not in str(caught.value)


def test_names_are_fine_until_they_resolve() -> None:
    assert check_url("https://executor.example.com:9090/x?y=1", NOTHING).hostname
    assert check_addresses("a.example", ["8.8.8.8"], NOTHING) == ["8.8.8.8"]
    with pytest.raises(AddressRefused, match=r"a\.example \(10\.0\.0\.1\)"):
        check_addresses("a.example", ["8.8.8.8", "10.0.0.1"], NOTHING)
    with pytest.raises(AddressRefused, match="no address"):
        check_addresses("a.example", [], NOTHING)
