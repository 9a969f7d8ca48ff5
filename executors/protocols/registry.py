"""The protocols there are: one line each."""

from __future__ import annotations

from collections.abc import Mapping

from executors.protocols.contract import Speaker
from executors.protocols.http import OwnProtocol
from executors.protocols.xxl_job.protocol import XxlJobProtocol
from executors.states import Protocol

SPEAKERS: Mapping[str, Speaker] = {
    Protocol.HTTP: OwnProtocol(),
    Protocol.XXL_JOB: XxlJobProtocol(),
}
"""By the protocol's name."""
