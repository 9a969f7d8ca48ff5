"""How the HTTP client connects: to an address that was checked, never to a name.

A name is resolved once for each connection, and what it resolved to is both what is checked and
what is connected to: a name server that answers differently the next time changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import httpcore

from executors.gateway.addresses import Allowed, check_addresses
from executors.gateway.names import Resolve


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Resolves, checks, connects. TLS still goes by the name, which is the client's affair.

    Names are looked up on behalf of a `group` of executors.
    """

    def __init__(self, allowed: Allowed, resolve: Resolve, group: str) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._group = group
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connects to the first address that lets it. Raises AddressRefused."""
        try:
            addresses = await self._resolve(host, self._group)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(str(error)) from error
        checked = check_addresses(host, addresses, self._allowed)
        failure: Exception | None = None
        for address in checked:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure
