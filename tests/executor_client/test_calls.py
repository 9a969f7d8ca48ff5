"""What the client answers to Celeriac, and what it reports."""

from __future__ import annotations

import http.client
import time
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from executor_client import signing
from tests.executor_client.conftest import BEAT, Station
from tests.executor_client.stand_in import StandIn
from tests.support.waiting import wait_until


def ends(server: StandIn, number: int) -> list[dict[str, object]]:
    return [b for b in server.bodies(f"/callback/{number}") if b["status"] != "progress"]


def wait_end(server: StandIn, number: int) -> dict[str, object]:
    return wait_until(lambda: ends(server, number), what="the end is reported")[0]


def test_registers_its_tasks(station: Station, celeriac: StandIn) -> None:
    (body,) = celeriac.bodies("/api/v1/executors/register")
    assert body["tasks"] == [
        {"task_name": "wait", "cron_expression": "0 * * * *"},
        {"task_name": "broken"},
    ]
    assert (body["name"], body["instance_id"], body["slots"]) == ("group", "one", 1)
    assert body["health_check_url"] == f"{station.url}/health"


def test_runs_and_reports(station: Station, celeriac: StandIn) -> None:
    assert station.execute(1) == 202
    assert station.started.acquire(timeout=60)
    station.go_on.release()
    assert wait_end(celeriac, 1) == {
        "token": "token-1", "status": "completed", "result": {"n": 1}, "signed": True,
    }  # fmt: skip


def test_same_call_twice_runs_once(station: Station, celeriac: StandIn) -> None:
    assert station.execute(1) == station.execute(1) == 202
    assert station.started.acquire(timeout=60)
    station.go_on.release()
    wait_end(celeriac, 1)
    assert station.execute(1) == 202
    wait_until(lambda: station.execute(2) == 202, what="the slot is free")
    station.go_on.release()
    wait_end(celeriac, 2)
    assert [run.execution_id for run in station.runs] == ["execution-1", "execution-2"]


def test_busy_when_its_slots_are_taken(station: Station) -> None:
    assert station.execute(1) == 202
    assert station.execute(2) == 503


def test_failure_names_the_error(station: Station, celeriac: StandIn) -> None:
    assert station.execute(1, "broken") == 202
    end = wait_end(celeriac, 1)
    assert end["status"] == "failed"
    assert end["error"]["code"] == "ValueError"
    assert end["error"]["message"] == "{'n': 1} is wrong"
    assert "in _broken" in end["error"]["traceback"]


def test_result_that_is_no_json_is_a_failure(station: Station, celeriac: StandIn) -> None:
    station.executor.task("set")(lambda _run: {1, 2})
    assert station.execute(1, "set") == 202
    assert wait_end(celeriac, 1)["error"]["code"] == "TypeError"


def test_unknown_function(station: Station) -> None:
    assert station.execute(1, "nobody") == 404


def test_wrong_signature(station: Station) -> None:
    assert station.call("/execute", {}, secret="another") == 403
    assert station.call("/cancel", {}, secret="another") == 403


NOW = str(int(time.time()))


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [("9" * 5000, "0" * 64), ("\xb2", "0" * 64), (NOW, "\xfc" * 64), (NOW, ""), ("", "")],
    ids=["a number like no time", "no digits of ASCII", "no ASCII", "no signature", "nothing"],
)
def test_what_is_no_signature_is_a_wrong_one(
    station: Station, timestamp: str, signature: str
) -> None:
    headers = {signing.TIMESTAMP: timestamp, signing.SIGNATURE: signature}
    request = urllib.request.Request(f"{station.url}/execute", b"{}", headers)
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=60)
    with refused.value as answer:
        assert answer.code == 403


@pytest.mark.parametrize("length", ["9" * 5000, "\xb2", "-1", "4194305"])
def test_a_length_that_is_none_is_too_large(station: Station, length: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(station.url).netloc, timeout=60)
    connection.putrequest("POST", "/execute")
    connection.putheader("Content-Length", length)
    connection.endheaders()
    with closing(connection), connection.getresponse() as answer:
        assert answer.status == 413


def test_rubbish(station: Station) -> None:
    for body in ({}, {"execution_id": 1}, {"task_name": "wait"}):
        assert station.call("/execute", body) in (400, 404)
    assert station.call("/somewhere", {}) == 404


def test_cancel(station: Station, celeriac: StandIn) -> None:
    station.execute(1)
    assert station.call("/cancel", {"execution_id": "execution-1"}) == 200
    assert wait_end(celeriac, 1)["error"]["code"] == "cancelled"
    wait_until(
        lambda: station.call("/cancel", {"execution_id": "execution-1"}) == 404,
        what="it is known no more",
    )


def test_cancel_by_heartbeat(station: Station, celeriac: StandIn) -> None:
    station.execute(1)
    celeriac.cancel.append("execution-1")
    assert wait_end(celeriac, 1)["error"]["code"] == "cancelled"


def test_timeout_stops_it(station: Station, celeriac: StandIn) -> None:
    station.execute(1, timeout=0.1)
    assert wait_end(celeriac, 1)["error"]["code"] == "cancelled"


def test_progress_and_log(station: Station, celeriac: StandIn) -> None:
    station.execute(1)
    assert station.started.acquire(timeout=60)
    station.runs[0].progress(0.5, "half")
    station.runs[0].log("a line")
    told = [(body["status"], body["sequence"]) for body in celeriac.bodies("/callback/1")]
    assert told == [("progress", 1), ("progress", 2)]
    assert celeriac.bodies("/callback/1")[0]["progress"] == {"fraction": 0.5, "message": "half"}
    assert celeriac.bodies("/callback/1")[1]["logs"] == ["a line"]


def test_heartbeat_names_what_is_under_way(station: Station, celeriac: StandIn) -> None:
    station.execute(1)
    wait_until(
        lambda: celeriac.bodies(BEAT)[-1]["executions"] == ["execution-1"],
        what="a heartbeat names the execution",
    )


def test_health(station: Station) -> None:
    station.execute(1)
    with urllib.request.urlopen(f"{station.url}/health", timeout=60) as answer:
        assert answer.status == 200
        assert answer.read() == b'{"executions": ["execution-1"]}'
