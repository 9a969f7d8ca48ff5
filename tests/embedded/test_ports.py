"""Ports that are free, near the one a person expects."""

from __future__ import annotations

import socket

from config.embedded.ports import HOST, SERVERS, free_port


def test_the_preferred_port_is_given_when_it_is_free() -> None:
    port = free_port()
    assert port in SERVERS
    assert free_port(port) == port


def test_a_taken_port_gives_a_near_one() -> None:
    with socket.create_server((HOST, free_port())) as other:
        port = other.getsockname()[1]
        assert port < free_port(port) <= port + 10


def test_a_port_that_another_listens_on_at_all_addresses_is_taken() -> None:
    with socket.create_server(("", 0)) as other:
        port = other.getsockname()[1]
        assert free_port(port) != port


def test_ports_given_out_already_are_passed_over() -> None:
    port = free_port()
    near = range(port, port + 11)
    assert free_port(port, taken=near) not in near
