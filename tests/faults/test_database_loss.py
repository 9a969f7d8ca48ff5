"""A database that crashes under everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from config.embedded.postgres import EmbeddedPostgres
from tests.faults.beats import Watched
from tests.support.database import Database, create_database, make_template
from tests.support.gates import Gate
from tests.support.platform import Platform, running
from tests.support.waiting import wait_until

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server of this module's own, which keeps what it has committed."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("own"), durable=True) as server:
        yield server


@pytest.fixture(scope="module")
def module_platform(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Platform]:
    """A platform on it."""
    template = make_template(postgres.url, tmp_path_factory.mktemp("template"), "template")
    database = Database(create_database(postgres.url, "platform", template))
    with running(database, tmp_path_factory.mktemp("platform"), {}) as platform:
        platform.dispatcher()
        yield platform


def test_immediate_restart_under_load(
    platform: Platform, postgres: EmbeddedPostgres, gates: Callable[[], Gate]
) -> None:
    workers = [platform.worker("p1", pool="prefork"), platform.worker("t1", pool="threads")]
    before = [platform.executor(worker.name)["incarnation"] for worker in workers]
    running = [gates(), gates()]
    held = [platform.client.submit_one("latch", gate.payload()) for gate in running]
    for gate in running:
        gate.wait_reached()
    for _ in range(2):
        ids = restart_under_load(platform, postgres)
        platform.wait_final(*ids)
        assert platform.client.statuses(ids) == {"completed": 1000}
    for gate in running:
        gate.open()
    platform.wait_final(*held)
    assert platform.client.statuses(held) == {"completed": 2}
    assert [platform.executor(worker.name)["incarnation"] for worker in workers] == before
    assert all(process.is_running() for process in platform.processes.values())
    platform.discard("p1", "t1")


def restart_under_load(platform: Platform, postgres: EmbeddedPostgres) -> list[str]:
    """Restarts it while jobs are being done; ids of those."""
    ids: list[str] = []
    # If all are done before it is down, that was no load.
    while platform.client.are_final(ids):
        ids = platform.client.submit("nap", *({"n": n, "seconds": 0.008} for n in range(1000)))
        platform.wait_until(
            lambda ids=ids: platform.client.statuses(ids)["completed"] > 20,
            what="jobs are being done",
        )
        postgres.restart("immediate")
        platform.database.close()
    return ids


def test_no_tick_is_lost_or_doubled(
    platform: Platform, postgres: EmbeddedPostgres, watched: Watched
) -> None:
    beats = [platform.beat("beat-1"), platform.beat("beat-2", leads=False)]
    watched.add(200)
    for mode in ("immediate", "fast"):
        watched.wait_for_ticks(400)
        postgres.restart(mode)
        platform.database.close()
    watched.wait_for_ticks(400)
    assert not watched.check().faults
    assert all(beat.is_running() for beat in beats)


def test_result_is_kept_until_the_database_is_back(
    platform: Platform, postgres: EmbeddedPostgres, gate: Gate
) -> None:
    platform.worker("p1", pool="prefork")
    id_ = platform.client.submit_one("latch", gate.payload())
    gate.wait_reached()
    postgres.stop("immediate")
    gate.open()
    log = platform.processes["p1"].said
    wait_until(lambda: "The database is away, trying again" in log(), what="it keeps its result")
    postgres.start()
    platform.database.close()
    platform.wait_final(id_)
    job = platform.client.job(id_)
    assert (job["status"], job["attempt"]) == ("completed", 1)
    assert len(platform.client.executions(id_)) == 1
    platform.discard("p1")
