"""A web process that is killed: what it has promised is kept, what it has not is not there."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.support.database import Database
from tests.support.platform import Platform

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def session(module_platform: Platform) -> Iterator[requests.Session]:
    token = module_platform.manage("token", "--role", "operator", "--name", "ci")
    with requests.Session() as session:
        session.headers["Authorization"] = f"Token {token}"
        yield session


def echo(n: int) -> dict[str, Any]:
    return {"type": "echo", "payload": {"n": n}}


def test_killed_right_after_its_answer(platform: Platform, session: requests.Session) -> None:
    jobs = f"{platform.web()}/api/v1/jobs"
    answers = [
        session.post(jobs, json=echo(1)),
        session.post(f"{jobs}/bulk", json={"jobs": [echo(n) for n in range(100)]}),
    ]
    platform.processes["web"].kill()
    assert [answer.status_code for answer in answers] == [201, 201]
    ids = [answers[0].json()["id"], *answers[1].json()["ids"]]
    platform.worker("w1")
    platform.wait_final(*ids)
    assert platform.client.statuses(ids) == {"completed": 101}
    platform.discard("w1")


def test_killed_before_its_answer(platform: Platform, session: requests.Session) -> None:
    url = f"{platform.web()}/api/v1/jobs/bulk"
    before = platform.database.one("SELECT count(*) FROM jobs_job")
    locker = Database(platform.database.url)
    with ThreadPoolExecutor(1) as other, locker.transaction() as cursor:
        cursor.execute("LOCK TABLE jobs_job IN EXCLUSIVE MODE")
        answer = other.submit(session.post, url, json={"jobs": [echo(n) for n in range(100)]})
        platform.wait_until(lambda: sessions(platform, "query ILIKE '%INSERT INTO jobs_job%'"))
        platform.processes["web"].kill()
        with pytest.raises(requests.ConnectionError):
            answer.result()
    locker.close()
    platform.wait_until(lambda: not sessions(platform, "true"), what="its transaction has ended")
    assert platform.database.one("SELECT count(*) FROM jobs_job") == before


def sessions(platform: Platform, condition: str) -> list[Any]:
    """What the web process is doing in the database."""
    return platform.database.query(
        f"""
        SELECT pid, state, query FROM pg_stat_activity
         WHERE datname = current_database() AND application_name = 'web' AND {condition}
        """
    )
