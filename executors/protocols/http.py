"""Celeriac's own protocol: POST /execute and /cancel, signed; a GET that says that all is well."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from pydantic import ValidationError

from executors.gateway.errors import BadAnswer
from executors.members import signing
from executors.protocols.contract import Answer, Call, Health, Speaker, Taken, Target
from executors.reports.callback import CallbackRequest, report_of
from executors.reports.report import Report, ReportStatus
from jobs.results import first_errors

if TYPE_CHECKING:
    from executors.gateway.http import Http, Response

BUSY = frozenset({409, 503})


class OwnProtocol(Speaker):
    """Runs by POST {base_url}/execute; reports come to the call's `callback_url`."""

    async def run(self, call: Call, http: Http) -> Answer:
        """202 accepts, 200 answers at once, 409 and 503 are busy."""
        response = await _post(call.target, "/execute", _execute_body(call), http)
        if response.status == 202:
            return Answer(Taken.ACCEPTED)
        if response.status == 200:
            return Answer(Taken.ANSWERED, report=_report(response))
        detail = f"It answered {response.status}: {response.excerpt()}"
        if response.status in BUSY:
            return Answer(Taken.BUSY, detail)
        # A proxy says 5xx too where the executor behind it may have begun.
        return Answer(Taken.FAILED, detail, uncertain=response.status >= 500)

    async def cancel(self, call: Call, http: Http) -> bool:
        """It is for the executor to report that the execution has ended."""
        body = json.dumps({"execution_id": call.execution_id}).encode()
        await _post(call.target, "/cancel", body, http)
        return False

    async def check(self, target: Target, http: Http) -> Health:
        """2xx is healthy."""
        assert target.health_check_url is not None
        response = await http.get(target.health_check_url, seconds=target.check_seconds)
        if response.is_success:
            return Health(healthy=True)
        return Health(False, f"It answered {response.status}: {response.excerpt()}")


def _execute_body(call: Call) -> bytes:
    told = {
        "execution_id": call.execution_id,
        "token": call.token,
        "job_id": call.job_id,
        "task_name": call.task_name,
        "type": call.type,
        "attempt": call.attempt,
        "timeout": call.timeout,
        "shard_index": call.shard_index,
        "shard_total": call.shard_total,
        "callback_url": call.callback_url,
    }
    # The payload goes as it is stored: no number is read and written again.
    return f'{json.dumps(told)[:-1]}, "payload": {call.payload}}}'.encode()


async def _post(target: Target, path: str, body: bytes, http: Http) -> Response:
    url = target.base_url.rstrip("/") + path
    headers = signing.headers(target.secret, body, time.time())
    return await http.post(url, body, seconds=target.call_seconds, headers=headers)


def _report(response: Response) -> Report:
    """An answer says what a callback does; it needs no token, as nobody else could give it."""
    try:
        told = CallbackRequest.model_validate({"token": "", **response.json_object()})
    except ValidationError as error:
        raise BadAnswer(f"Its answer is no report: {first_errors(error)}") from None
    report = report_of(told)
    if report.status is ReportStatus.PROGRESS:
        raise BadAnswer("It answered 200 with progress; 202 is for what is not over yet.")
    return report
