"""Rate limits: exact under concurrency, apart for reading and writing, and not in the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import pytest

from config.checks import rates
from config.environment import Services
from jobs import keyvalue
from jobs.ids import uuid7
from jobs.throttles import parse_rate, seconds_to_wait
from tests.api.client import ADD, Api, problem
from tests.support.waiting import wait_until


@pytest.fixture
def fresh(settings: Any) -> None:
    """A Redis database for these tests alone: users of other test databases have the same numbers.

    Other processes may run tests on theirs at the same time.
    """
    url = urlsplit(settings.SERVICES.redis_url)._replace(path="/9").geturl()
    settings.SERVICES = replace(settings.SERVICES, redis_url=url)
    keyvalue.client(url).flushdb()
    keyvalue.resume()


def test_sixteen_threads_get_exactly_the_limit(fresh: None) -> None:
    key = uuid7()
    with ThreadPoolExecutor(16) as pool:
        waits = list(pool.map(lambda _: seconds_to_wait(key, "50/h"), range(400)))
    assert waits.count(0) == 50
    assert all(0 < wait <= 3600 for wait in waits if wait)


def test_a_window_ends(fresh: None) -> None:
    key = uuid7()
    assert not seconds_to_wait(key, "1/min")
    assert 0 < seconds_to_wait(key, "1/min") <= 60
    key = uuid7()
    assert not seconds_to_wait(key, "1/s")
    wait_until(lambda: not seconds_to_wait(key, "1/s"), what="another window begins")


def test_reading_and_writing_are_counted_apart(fresh: None, operator: Api, settings: Any) -> None:
    settings.RATES = settings.RATES | {"read": "2/h", "write": "1/h"}
    assert [operator.get("jobs").status_code for _ in range(3)] == [200, 200, 429]
    assert [operator.post("jobs", ADD).status_code for _ in range(2)] == [201, 429]
    answer = operator.get("jobs")
    assert "throttled" in problem(answer, 429)["detail"]
    assert 0 < int(answer["Retry-After"]) <= 3600


def test_one_user_does_not_use_up_another(
    fresh: None, operator: Api, viewer: Api, settings: Any
) -> None:
    settings.RATES = settings.RATES | {"read": "1/h"}
    assert [operator.get("jobs").status_code for _ in range(2)] == [200, 429]
    assert viewer.get("jobs").status_code == 200


def test_without_a_server_nobody_is_refused(viewer: Api, settings: Any) -> None:
    settings.RATES = settings.RATES | {"read": "1/h"}
    settings.SERVICES = Services(settings.SERVICES.database_url, "", "redis://127.0.0.1:1/0")
    try:
        assert {viewer.get("jobs").status_code for _ in range(3)} == {200}
    finally:
        keyvalue.resume()


@pytest.mark.parametrize("rate", ["", "5", "5/day", "0/s", "-1/s", "x/s", "1.5/s"])
def test_what_is_no_rate(rate: str) -> None:
    with pytest.raises(ValueError, match="A rate is"):
        parse_rate(rate)


def test_a_wrong_rate_is_found_before_the_start(settings: Any) -> None:
    assert rates() == []
    settings.RATES = settings.RATES | {"login": "often"}
    [error] = rates()
    assert "RATE_LOGIN" in error.msg
