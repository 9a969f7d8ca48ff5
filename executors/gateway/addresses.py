"""Which addresses may be called. Pure.

An URL is looked at when an executor registers and again before each connection and redirect,
since what a name resolves to may change.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from executors.gateway.errors import AddressRefused
from jobs.errors import CeleriacError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

PORTS = {"http": 80, "https": 443}
"""What an URL may begin with, and the port that it means."""

LOOPBACK = "loopback"
PRIVATE = "private"


class BadAllowList(CeleriacError):
    """EXECUTOR_ADDRESSES: {entry!r} is neither loopback, private nor a network as 10.1.0.0/16."""

    code = "bad_allow_list"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be called beside public addresses. What is refused always, no network allows."""

    loopback: bool = False
    private: bool = False
    networks: tuple[Network, ...] = ()


def read_allowed(text: str) -> Allowed:
    """`EXECUTOR_ADDRESSES`: words and networks separated by commas. Raises BadAllowList."""
    entries = [entry for part in text.split(",") if (entry := part.strip())]
    networks = [_network(entry) for entry in entries if entry not in (LOOPBACK, PRIVATE)]
    return Allowed(LOOPBACK in entries, PRIVATE in entries, tuple(networks))


def _network(entry: str) -> Network:
    try:
        return ipaddress.ip_network(entry)
    except ValueError:
        raise BadAllowList(entry=entry) from None


def check_url(url: str, allowed: Allowed) -> SplitResult:
    """The parts of an URL that may be called as far as it tells by itself: see `check_addresses`.

    Raises AddressRefused.
    """
    parts = _split(url)
    if parts.scheme not in PORTS:
        _refuse(url, "only http:// and https:// are")
    if parts.username is not None or parts.password is not None:
        _refuse(_without_login(parts), "there are credentials in it")
    if not parts.hostname or not _HOST.fullmatch(parts.hostname):
        _refuse(url, "it names no host")
    if literal := _literal(parts.hostname):
        check_addresses(parts.hostname, [literal], allowed)
    return parts


_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+", re.IGNORECASE)
_UNFIT = re.compile(r"[\x00-\x20\x7f-\U0010ffff\\]")


def _split(url: str) -> SplitResult:
    if _UNFIT.search(url):
        _refuse(url, "there are characters in it that no URL has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        _refuse(url, str(error))
    if port == 0:
        _refuse(url, "there is no port 0")
    return parts


def _without_login(parts: SplitResult) -> str:
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _literal(host: str) -> str | None:
    """The address that a host is by itself, in any form that resolvers take: 127.1, 0x7f000001."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        return None


def is_address(host: str) -> bool:
    """Whether a host is an address, in its usual form, and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check_addresses(host: str, addresses: Iterable[str], allowed: Allowed) -> list[str]:
    """All that a host resolves to, if each may be called: one that may not spoils the others.

    Raises AddressRefused.
    """
    checked = []
    for address in addresses:
        if reason := refusal(address, allowed):
            _refuse(host if host == address else f"{host} ({address})", reason)
        checked.append(address)
    if not checked:
        _refuse(host, "it has no address")
    return checked


def _refuse(what: str, reason: str) -> NoReturn:
    raise AddressRefused(what=what[:200], reason=reason)


METADATA = frozenset(
    map(
        ipaddress.ip_address,
        # Of most clouds and of Alibaba, Oracle and Azure; then of AWS (and its credentials for
        # containers), Google and Oracle over IPv6, all but the first in ranges that are private.
        [
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "fd00:ec2::254",
            "fd00:ec2::23",
            "fd20:ce::254",
            "fd00:c1::a9fe:a9fe",
        ],
    )
)
_THIS_HOST = ipaddress.IPv4Network("0.0.0.0/8")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")


def refusal(address: str, allowed: Allowed) -> str | None:
    """Why an address may not be called; None if it may."""
    if "%" in address:
        return "it is link-local"
    it = ipaddress.ip_address(address)
    carried = _carried(it)
    return _refusal(carried, allowed) if carried else _refusal(it, allowed)


def _carried(it: Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one leads to, however it is written into it."""
    if isinstance(it, IPv4Address):
        return None
    if it.ipv4_mapped:
        return it.ipv4_mapped
    if it.sixtofour:
        return it.sixtofour
    if it in _NAT64 or (it in _COMPATIBLE and int(it) > 1):
        return IPv4Address(int(it) & 0xFFFF_FFFF)
    return None


def _refusal(it: Address, allowed: Allowed) -> str | None:
    if it in METADATA:
        return "it is a cloud's metadata service"
    if it.is_link_local:
        return "it is link-local"
    if it.is_multicast:
        return "it is multicast"
    if it.is_unspecified or it in _THIS_HOST:
        return "it is no host's address"
    if it.is_reserved and not it.is_loopback:
        return "it is reserved"
    if any(it in network for network in allowed.networks):
        return None
    if it.is_loopback:
        return None if allowed.loopback else "it is loopback, which EXECUTOR_ADDRESSES must allow"
    if _is_private(it):
        return None if allowed.private else "it is private, which EXECUTOR_ADDRESSES must allow"
    return None if it.is_global else "it is reserved"


_PRIVATE = [
    ipaddress.ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
        *("fc00::/7", "fec0::/10"),
    )
]


def _is_private(it: Address) -> bool:
    return any(it in network for network in _PRIVATE)
