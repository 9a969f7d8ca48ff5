"""An executor of XXL-JOB signs off: it gets nothing new, and what it runs may still be reported."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from executors import status
from executors.gateway import rows
from executors.models import Executor, Member
from executors.protocols.xxl_job import numbering
from executors.states import ExecutorStatus
from jobs.models import Job
from tests.executors.xxl_job.conftest import GOOD, told
from tests.executors.xxl_job.test_endpoints import REGISTRATION
from tests.support.situations import Situation, assigned, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def there(client: Client) -> Executor:
    """An executor that is known."""
    told(client, "registry", REGISTRATION)
    return Executor.objects.get()


@pytest.fixture
def it(there: Executor) -> Situation:
    """A job that it runs."""
    return running(1, executor=there, type="external", max_attempts=1)


def sign_off(client: Client) -> str:
    """Its status after that."""
    assert told(client, "registryRemove", REGISTRATION) == GOOD
    return Executor.objects.get().status


def call_back(client: Client, it: Situation, code: int = 200) -> None:
    with connection.cursor() as cursor:
        log_id = numbering.give(
            cursor, str(it.executions[0].id), str(it.executor.id), "task:1", "sequential"
        ).log_id
    told(client, "callback", [{"logId": log_id, "handleCode": code, "handleMsg": "done"}])


def test_what_runs_goes_on_and_is_reported(client: Client, it: Situation) -> None:
    assert sign_off(client) == "draining"
    it.refresh()
    assert (it.jobs[0].status, it.executions[0].state) == ("running", "running")

    call_back(client, it)
    assert (Job.objects.get().status, Job.objects.get().result) == ("completed", "done")


def test_one_that_runs_nothing_is_offline_at_once(client: Client, there: Executor) -> None:
    assert sign_off(client) == "offline"


def test_what_it_has_not_begun_is_given_back(client: Client, there: Executor) -> None:
    it = assigned(1, executor=there, type="external")
    assert sign_off(client) == "offline"
    it.refresh()
    assert (it.jobs[0].status, it.lease.state) == ("queued", "released")


def test_no_check_is_made_of_it_any_more(client: Client, it: Situation) -> None:
    sign_off(client)
    with connection.cursor() as cursor:
        assert rows.checks.due(cursor, 10) == []


def test_a_person_can_not_bring_back_what_is_about_to_end(client: Client, it: Situation) -> None:
    sign_off(client)
    with connection.cursor() as cursor, pytest.raises(status.StatusRefused):
        status.set_status(cursor, str(it.executor.id), ExecutorStatus.ONLINE, "me")


def test_it_comes_back_by_registering_with_what_it_runs(client: Client, it: Situation) -> None:
    sign_off(client)
    told(client, "registry", REGISTRATION)
    it.refresh()
    assert (it.executor.status, it.jobs[0].status) == ("online", "running")
    assert Member.objects.get().left_at is not None


@pytest.mark.parametrize("busy", [True, False])
def test_one_that_a_person_drained_drains_when_it_is_back(
    client: Client, there: Executor, busy: bool
) -> None:
    if busy:
        running(1, executor=there, type="external")
    with connection.cursor() as cursor:
        status.set_status(cursor, str(there.id), ExecutorStatus.DRAINING, "me")
    assert sign_off(client) == ("draining" if busy else "offline")
    told(client, "registry", REGISTRATION)
    assert Executor.objects.get().status == "draining"


def test_one_that_was_offline_stays_so(client: Client, it: Situation) -> None:
    Executor.objects.update(status="offline")
    assert sign_off(client) == "offline"


def test_signing_off_is_the_last_sign_of_life(client: Client, it: Situation) -> None:
    Executor.objects.update(last_heartbeat="2020-01-01T00:00Z")
    sign_off(client)
    with connection.cursor() as cursor:
        assert rows.watch.retire_silent(cursor, watching=1000.0) == []
        _long_ago(cursor)
        assert rows.watch.retire_silent(cursor, watching=1000.0) == [it.executor.name]


def _long_ago(cursor: Any) -> None:
    cursor.execute("UPDATE executors_executor SET last_heartbeat = now() - interval '91 s'")
