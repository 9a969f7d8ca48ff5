"""What processes there are beside executors. Pure."""

from __future__ import annotations

from enum import StrEnum


class ProcessRole(StrEnum):
    """What a process does."""

    WEB = "web"
    """Answers requests: the API, the pages, callbacks."""
    GATEWAY = "gateway"
    """Calls HTTP executors."""
    DISPATCHER = "dispatcher"
    BEAT = "beat"


LED = (ProcessRole.DISPATCHER, ProcessRole.BEAT)
"""Roles of which one process leads and the others stand by."""
