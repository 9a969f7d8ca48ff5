"""Logs as server-sent events, beside Django, whose view checks each request first."""

from executors.api.live.app import LogStreams, wants_stream

__all__ = ["LogStreams", "wants_stream"]
