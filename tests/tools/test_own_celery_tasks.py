"""Users' own Celery tasks: a PeriodicTask that beat fires is run by the service worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from tests.support.platform import Platform

OLD_RESULT = """
    INSERT INTO django_celery_results_taskresult
          (task_id, status, content_type, content_encoding, result, date_created, date_done)
    VALUES ('long-ago', 'SUCCESS', 'application/json', 'utf-8', '1',
            now() - interval '9 days', now() - interval '9 days')
"""

EVERY_SECOND = """
    WITH interval AS (
        INSERT INTO django_celery_beat_intervalschedule (every, period) VALUES (1, 'seconds')
        RETURNING id
    )
    INSERT INTO django_celery_beat_periodictask
          (name, task, interval_id, args, kwargs, headers, enabled, one_off,
           total_run_count, date_changed, description)
    SELECT 'clean up', 'celery.backend_cleanup', id, '[]', '{}', '{}', true, false, 0, now(), ''
      FROM interval
"""


@pytest.fixture
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform() as platform:
        yield platform


def test_it_runs_on_the_service_worker_and_not_on_executors(platform: Platform) -> None:
    """Celery's own cleaning up, which leaves no doubt that it was done."""
    worker, service = platform.worker("w1"), platform.service_worker()
    platform.database.query(OLD_RESULT)
    platform.database.query(EVERY_SECOND)
    platform.beat()
    platform.wait_until(
        lambda: not platform.database.query("SELECT id FROM django_celery_results_taskresult"),
        what="the old result is gone",
    )
    assert "celery.backend_cleanup" in service.said()
    assert "celery.backend_cleanup[" not in worker.said()
    platform.discard("w1")
