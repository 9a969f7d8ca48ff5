"""Kombu's Redis transport, which drops what is no message instead of ending the worker with it."""

from __future__ import annotations

import logging
from queue import Empty
from typing import Any

from kombu.transport import redis

logger = logging.getLogger("celeriac.worker")


_Channel: Any = redis.Channel


class CarefulChannel(_Channel):
    """Takes messages out of Redis lists, into which anybody on the broker may have put anything."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)
        except (Empty, *self.connection_errors, *self.connection.channel_errors):
            raise
        except Exception:
            # It is out of the list already, so that it can't do harm a second time.
            logger.exception("Dropped a message that is none.")
            raise Empty from None


def use() -> None:
    """Has this process take its messages through such channels."""
    redis.Transport.Channel = CarefulChannel
