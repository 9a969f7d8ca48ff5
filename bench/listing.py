"""How long lists of very many jobs and executions take, by what they are narrowed to.

python -m bench.listing [--jobs 10000000] [--looks 20] [--json FILE]

The jobs are of one week: six types on forty executors, 3 of 100 failed, 1 of 1,000 still queued;
each of the others has an execution. The figures are of whole answers of the web process, one after
the other, the page in a browser's words (`/ui/jobs`, gzipped) and the API's. Where the API's first
page says that its time was up, the last column is how long `next` took to the list's end.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests

from bench import report
from bench.celeriac import execute
from bench.page_load import session
from bench.stage import Stage, stage

AT_ONCE = 500_000
WEEK = 7 * 24 * 3600
COLUMNS = (
    "narrowed to", "rows", "page: p50 ms", "page: max ms", "API: p50 ms", "API: max ms",
    "to the end: s",
)  # fmt: skip
WORKERS = 40
RARE = "needle in the hay"

JOBS = {
    "nothing": "",
    "status=failed": "status=failed",
    "status=queued": "status=queued",
    "type=kind_3": "type=kind_3",
    "type=kind_3, status=failed": "type=kind_3&status=failed",
    "a type that there is not": "type=gone",
    "executor=w7": "executor=w7",
    "a span of time in the middle": "created_after={middle}&created_before={later}",
    "a name that one in a million has": f"q={RARE.replace(' ', '+')}",
    "that name in an hour": f"q={RARE.replace(' ', '+')}&created_after={{middle}}"
    "&created_before={later}",
    "payload.n=77 (one in 100,000)": "payload.n=77",
    "payload.n=-1 (none)": "payload.n=-1",
}
ORDERED = {
    "the latest to end": "ordering=-completed_at",
    "the first to end": "ordering=completed_at",
    "the latest to end, status=failed": "ordering=-completed_at&status=failed",
    "by priority": "ordering=-priority",
    "by priority, scope=active": "ordering=-priority&scope=active",
}
"""Orders that the page does not have."""
EXECUTIONS = {
    "executions": "",
    "executions, executor=w7": "executor=w7",
    "executions, state=failed": "state=failed",
    "executions, state=lost (none)": "state=lost",
    "executions, a span of time": "created_after={middle}&created_before={later}",
}


def fill(jobs: int) -> None:
    """Puts that many jobs and their executions into the tables, the oldest first."""
    with _bare("jobs_job"), _bare("executors_execution"):
        _fill(jobs)
    execute("VACUUM ANALYZE jobs_job, executors_execution, executors_executor")


@contextmanager
def _bare(table: str) -> Iterator[None]:
    """A table that is neither logged nor indexed, but by its key, while the block lasts."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
             WHERE indrelid = %s::regclass AND NOT indisprimary
            """,
            [table],
        )
        indexes = cursor.fetchall()
    execute(f"ALTER TABLE {table} SET UNLOGGED")
    for name, _ in indexes:
        execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        execute(definition)


def _fill(jobs: int) -> None:
    for start in range(0, jobs, AT_ONCE):
        execute(
            f"""
            INSERT INTO jobs_job
                  (id, type, payload, name, status, priority, thread_demand, placement_class,
                   result, error, attempt, max_attempts, isolated, executor, execution_id,
                   created_at, available_at, started_at, completed_at, submitted_by)
            SELECT uuidv7(at - now()), kind, jsonb_build_object('n', n % 100000),
                   CASE WHEN n % 1000000 = 7 THEN '{RARE}' ELSE kind END, status, n % 10, 1,
                   kind || '/1', CASE status WHEN 'completed' THEN '{{"sum": 3}}'::jsonb END,
                   CASE status WHEN 'failed'
                        THEN '{{"code": "exception", "message": "on purpose"}}'::jsonb END,
                   1, 3, false, 'w' || n % {WORKERS}, gen_random_uuid(), at, at,
                   CASE WHEN status <> 'queued' THEN at + interval '1 s' END,
                   CASE WHEN status <> 'queued' THEN at + interval '2 s' END, 'bench'
              FROM (SELECT n, 'kind_' || n % 6 AS kind,
                           now() - interval '1 s' * {WEEK} * (1 - n / {jobs}::float8) AS at,
                           CASE WHEN n % 1000 = 1 THEN 'queued' WHEN n % 100 < 3 THEN 'failed'
                                ELSE 'completed' END AS status
                      FROM generate_series({start}, {min(start + AT_ONCE, jobs) - 1}) n) made
            """
        )
    from executors.models import Executor
    from jobs.ids import uuid7

    its = {"slots": 4, "pool": "prefork", "host": "here", "pid": 1, "status": "offline"}
    Executor.objects.bulk_create(
        Executor(name=f"w{n}", incarnation=uuid7(), **its) for n in range(WORKERS)
    )
    execute(
        """
        INSERT INTO executors_execution
              (id, job_id, lease_id, executor_id, state, attempt, started_at, completed_at, error)
        SELECT uuidv7(job.created_at - now()), job.id, job.execution_id, executor.id, job.status,
               1, job.started_at, job.completed_at, job.error
          FROM jobs_job job JOIN executors_executor executor ON executor.name = job.executor
         WHERE job.started_at IS NOT NULL
         ORDER BY job.id
        """
    )


def look(client: requests.Session, url: str, looks: int) -> tuple[float, float]:
    """Milliseconds of an answer, in the middle and at most."""
    times = []
    for _ in range(looks):
        began = time.perf_counter()
        answer = client.get(url, timeout=60)
        times.append((time.perf_counter() - began) * 1000)
        assert answer.ok or answer.status_code == 503, answer.text
    return statistics.median(times), max(times)


def main() -> None:
    """Fills the tables, then looks at them in different ways."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--jobs", type=int, default=10_000_000)
    options.add_argument("--looks", type=int, default=20)
    arguments = options.parse_args()
    with stage() as the_stage:
        began = time.monotonic()
        fill(arguments.jobs)
        print(f"{arguments.jobs:,} jobs in the table after {time.monotonic() - began:.0f} s")
        rows = measure(the_stage, arguments.looks)
    title = f"Lists of {arguments.jobs:,} jobs and their executions"
    report.show(title, COLUMNS, rows, arguments.json)


def measure(the_stage: Stage, looks: int) -> list[list[Any]]:
    """The rows of the table, by a web process that begins with none of them in its memory."""
    from jobs.tokens import issue_token

    browser, api = requests.Session(), requests.Session()
    browser.cookies["sessionid"] = session()
    browser.headers["Accept"] = "text/html"
    api.headers["Authorization"] = f"Token {issue_token('bench', 'viewer')}"
    with the_stage.web() as (root, _):
        rows = [
            _row(browser, api, f"{root}/ui/jobs", f"{root}/api/v1/jobs", name, query, looks)
            for name, query in JOBS.items()
        ]
        rows += [
            _row(None, api, "", f"{root}/api/v1/{path}", name, query, looks)
            for path, queries in (("jobs", ORDERED), ("executions", EXECUTIONS))
            for name, query in queries.items()
        ]
    return rows


def _row(
    browser: requests.Session | None,
    api: requests.Session,
    page: str,
    path: str,
    name: str,
    query: str,
    looks: int,
) -> list[Any]:
    middle = time.time() - WEEK / 2
    query = query.format(middle=_moment(middle), later=_moment(middle + 3600))
    found = api.get(f"{path}?page_size=50&{query}", timeout=60)
    page_half, page_most = look(browser, f"{page}?{query}", looks) if browser else (None, None)
    api_half, api_most = look(api, found.url, looks)
    body = found.json()
    count: int | None = len(body["results"]) if found.ok else None
    whole: float | None = None
    if "searched_to" in body:
        count, whole = _go_through(api, found.url)
    return [name, count, page_half, page_most, api_half, api_most, whole]


def _go_through(client: requests.Session, url: str | None) -> tuple[int, float]:
    """Rows of a list to its end, and the seconds that it took."""
    began, count = time.perf_counter(), 0
    while url:
        answer = client.get(url, timeout=60).json()
        url, count = answer["next"], count + len(answer["results"])
    return count, time.perf_counter() - began


def _moment(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


if __name__ == "__main__":
    main()
