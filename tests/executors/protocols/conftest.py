"""The desk of the gateway's tests, at which all protocols are tried."""

from tests.executors.gateway.conftest import desk

__all__ = ["desk"]
