"""Ends are reported until Celeriac has confirmed them, whatever happens in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from executor_client.celeriac import Refused
from executor_client.spool import Spool
from tests.executor_client.conftest import BEAT, STATUS, Station
from tests.executor_client.stand_in import StandIn, stand_in
from tests.executor_client.test_calls import ends, wait_end
from tests.support.waiting import wait_until


def test_end_is_reported_when_celeriac_is_back(station: Station, celeriac: StandIn) -> None:
    station.execute(1)
    celeriac.close()
    station.go_on.release()
    assert station.started.acquire(timeout=60)
    with stand_in(celeriac.server_port) as again:
        assert wait_end(again, 1)["result"] == {"n": 1}
        station.stop()


def test_end_survives_the_process(celeriac: StandIn, tmp_path: Path) -> None:
    """What was ended by a former process is held by the new one until it is confirmed."""
    spool = Spool(tmp_path / "spool")
    spool.add("execution-9", f"{celeriac.url}/callback/9", b'{"token": "t", "status": "completed"}')
    spool.close()
    celeriac.statuses["/callback/9"] = [500] * 100
    station = Station(celeriac, tmp_path / "spool")
    station.wait_registered()
    assert celeriac.bodies(BEAT)[0]["executions"] == ["execution-9"]
    wait_until(lambda: ends(celeriac, 9), what="it is sent")
    celeriac.statuses.clear()
    sent = len(ends(celeriac, 9))
    wait_until(lambda: len(ends(celeriac, 9)) > sent, what="it is sent again after an error")
    station.stop()
    assert Spool(tmp_path / "spool").executions() == []


def test_refused_report_is_given_up(station: Station, celeriac: StandIn) -> None:
    celeriac.statuses["/callback/1"] = [403]
    station.execute(1)
    station.go_on.release()
    wait_end(celeriac, 1)
    station.stop()
    assert len(ends(celeriac, 1)) == 1


def test_result_that_is_too_large_is_a_failure(station: Station, celeriac: StandIn) -> None:
    celeriac.statuses["/callback/1"] = [413, 413]
    station.execute(1)
    station.go_on.release()
    wait_until(lambda: len(ends(celeriac, 1)) == 2, what="the failure is reported")
    station.stop()
    completed, failed = ends(celeriac, 1)
    assert (completed["status"], failed["status"]) == ("completed", "failed")
    assert failed["error"]["code"] == "result_too_large"


def test_only_some_refusals_are_final() -> None:
    final = {status for status in (400, 401, 403, 404, 408, 413, 429, 500, 503)
             if Refused(status, "").is_final}  # fmt: skip
    assert final == {400, 403, 404, 413}


def test_drains(station: Station, celeriac: StandIn) -> None:
    """It takes nothing new, ends what is under way and lives so long; it reports, and is off."""
    station.execute(1)
    station.executor.stop()
    wait_until(lambda: celeriac.bodies(STATUS), what="it drains")
    wait_until(lambda: station.execute(2) == 503, what="it takes nothing new")
    beats = len(celeriac.bodies(BEAT))
    wait_until(lambda: len(celeriac.bodies(BEAT)) > beats, what="it says that it lives")
    assert celeriac.bodies(BEAT)[-1]["executions"] == ["execution-1"]
    station.go_on.release()
    station.stop()
    assert ends(celeriac, 1)[0]["status"] == "completed"
    assert [body["status"] for body in celeriac.bodies(STATUS)] == ["draining", "offline"]


def test_is_not_off_while_ends_are_not_confirmed(
    celeriac: StandIn, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What is offline loses what it has: this is reported after the next start."""
    celeriac.statuses["/callback/1"] = [500] * 100
    station = Station(celeriac, tmp_path / "spool", last_reports=0.0)
    station.wait_registered()
    station.execute(1)
    station.go_on.release()
    wait_end(celeriac, 1)
    station.stop()
    assert [body["status"] for body in celeriac.bodies(STATUS)] == ["draining"]
    assert "reported after the next start: execution-1" in caplog.text
    assert Spool(tmp_path / "spool").executions() == ["execution-1"]


def test_registers_anew_when_it_is_forgotten(station: Station, celeriac: StandIn) -> None:
    celeriac.statuses[BEAT] = [404]
    wait_until(
        lambda: len(celeriac.bodies("/api/v1/executors/register")) >= 2,
        what="it registers again",
    )


def test_starts_before_celeriac(tmp_path: Path) -> None:
    with stand_in() as gone:
        pass
    station = Station(gone, tmp_path / "spool")
    with stand_in(gone.server_port) as celeriac:
        wait_until(lambda: celeriac.bodies("/api/v1/executors/register"), what="it registers")
        station.stop()
