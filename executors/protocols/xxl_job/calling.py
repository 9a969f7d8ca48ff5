"""One call to an executor of XXL-JOB: POST with JSON and the access token."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings

from executors.protocols.xxl_job.wire import envelope
from executors.protocols.xxl_job.wire.envelope import Answer, Form

if TYPE_CHECKING:
    from executors.gateway.http import Http

TOKEN_HEADER = "XXL-JOB-ACCESS-TOKEN"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Reply:
    """An executor's answer, and the HTTP status, which is 200 whatever the answer is."""

    answer: Answer
    status: int

    @property
    def good(self) -> bool:
        """Whether it says yes."""
        return self.answer.good

    @property
    def detail(self) -> str:
        """What it said, in a message: should it repeat the access token, without that."""
        said = self.answer.msg.replace(_token() or "\0", "…")
        return f"It answered {self.answer.code}: {said or 'nothing more'}"


async def ask(
    base_url: str, what: str, body: dict[str, Any], http: Http, *, seconds: float
) -> Reply:
    """Its reply within `seconds`. Raises `HttpError`."""
    token = _token()
    response = await http.post(
        f"{base_url.rstrip('/')}/{what}",
        json.dumps(body).encode(),
        seconds=seconds,
        headers={TOKEN_HEADER: token} if token else {},
    )
    if response.is_success:
        return Reply(envelope.read(response.body), response.status)
    return Reply(Answer(response.status, response.excerpt(), form=Form.NONE), response.status)


def _token() -> str:
    token: str = settings.CELERIAC["XXL_JOB_ACCESS_TOKEN"]
    return token
