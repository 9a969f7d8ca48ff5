"""The log of a job is read on its page, that of an execution on its own."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from executors.admin import logs
from executors.logs import store
from executors.logs.lines import Level, Line
from executors.models import Execution
from tests.support.rows import make_execution, make_executor, make_job, make_lease


def say(execution: Execution, *texts: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        store.append(cursor, str(execution.id), [Line(text, Level.ERROR) for text in texts])


def page(client: Client, model: str, id_: object) -> str:
    answer = client.get(reverse(f"admin:{model}_change", args=[id_]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_logs_are_shown_safely(login: Callable[[str], Client]) -> None:
    client, job, lease = login("viewer"), make_job("failed"), make_lease(make_executor())
    first, second = (make_execution(job, lease, attempt=n) for n in (1, 2))
    say(first, "<b>first</b> said")
    say(second, "second said")
    whole = page(client, "jobs_job", job.id)
    assert "&lt;b&gt;first&lt;/b&gt; said" in whole
    assert whole.index("first") < whole.index("second said")
    alone = page(client, "executors_execution", second.id)
    assert ("second said" in alone, "&gt;first" in alone) == (True, False)


def test_only_the_last_lines_of_a_long_log(login: Callable[[str], Client]) -> None:
    client, job = login("viewer"), make_job("completed")
    say(make_execution(job, make_lease(make_executor())), *(f"line {n}." for n in range(300)))
    whole = page(client, "jobs_job", job.id)
    assert f"The last {logs.SHOWN} lines" in whole
    assert [f"line {n}." in whole for n in (99, 100, 299)] == [False, True, True]
