"""The cache of final jobs: never wrong, never needed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from config.environment import Services
from jobs import cache, keyvalue
from jobs.models import Job
from jobs.states import ACTIVE, FINAL
from tests.api.client import Api
from tests.support.rows import make_job


@pytest.fixture
def no_server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server's address where nobody listens; it is asked once, however long a test takes."""
    monkeypatch.setattr(keyvalue, "PAUSE", 3600.0)
    keyvalue.resume()
    settings.SERVICES = Services(settings.SERVICES.database_url, "", "redis://127.0.0.1:1/0")
    yield
    keyvalue.resume()


@pytest.mark.parametrize("status", sorted(FINAL))
def test_a_final_job_is_read_from_the_cache(viewer: Api, status: str) -> None:
    job = make_job(status, result={"sum": 3} if status == "completed" else None)
    first = viewer.get(f"jobs/{job.id}")
    with CaptureQueriesContext(connection) as queries:
        second = viewer.get(f"jobs/{job.id}")
    assert second.json() == first.json()
    assert not [query for query in queries if "jobs_job" in query["sql"]]


@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_a_job_that_can_change_is_read_from_the_database(viewer: Api, status: str) -> None:
    job = make_job(status)
    viewer.get(f"jobs/{job.id}")
    assert cache.get(job.id) is None
    Job.objects.filter(id=job.id).update(name="another")
    assert viewer.get(f"jobs/{job.id}").json()["name"] == "another"


def test_entries_end(viewer: Api, settings: Any) -> None:
    job = make_job("completed")
    viewer.get(f"jobs/{job.id}")
    left = keyvalue.client(settings.SERVICES.redis_url).ttl(f"job:{job.id}")
    assert 0 < left <= settings.JOB_CACHE_SECONDS


def test_an_entry_of_other_rubbish_is_ignored(viewer: Api, settings: Any) -> None:
    job = make_job("completed")
    keyvalue.client(settings.SERVICES.redis_url).set(f"job:{job.id}", b"{rubbish")
    assert viewer.get(f"jobs/{job.id}").json()["id"] == str(job.id)


def test_without_a_server_all_goes_on_and_is_logged_once(
    viewer: Api, no_server: None, caplog: pytest.LogCaptureFixture
) -> None:
    job = make_job("completed")
    for _ in range(5):
        assert viewer.get(f"jobs/{job.id}").status_code == 200
    logged = [record for record in caplog.records if record.name == "celeriac.keyvalue"]
    assert len(logged) == 1


def test_no_server_at_all_is_as_good(viewer: Api, settings: Any) -> None:
    settings.SERVICES = Services(settings.SERVICES.database_url, "", "")
    job = make_job("completed")
    assert viewer.get(f"jobs/{job.id}").status_code == 200
    assert cache.get(job.id) is None
