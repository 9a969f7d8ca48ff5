"""How long the list of jobs takes to answer with very many jobs, by what it is narrowed to.

python -m bench.listing [--jobs 10000000] [--looks 20] [--json FILE]

The jobs are of one week: six types on forty executors, 3 of 100 failed, 1 of 1,000 still queued.
The figures are of whole answers of the web process, one after the other, the page in a browser's
words (`/ui/jobs`, gzipped) and the API's (`/api/v1/jobs`).
"""

from __future__ import annotations

import statistics
import time
from typing import Any

import requests

from bench import report
from bench.celeriac import execute
from bench.page_load import session
from bench.stage import answers, stage, until
from config.embedded.ports import free_port

AT_ONCE = 500_000
WEEK = 7 * 24 * 3600
COLUMNS = ("narrowed to", "rows", "page: p50 ms", "page: max ms", "API: p50 ms", "API: max ms")
RARE = "needle in the hay"

FILTERS = {
    "nothing": "",
    "status=failed": "status=failed",
    "status=queued": "status=queued",
    "type=kind_3": "type=kind_3",
    "type=kind_3, status=failed": "type=kind_3&status=failed",
    "executor=w7": "executor=w7",
    "a span of time in the middle": "created_after={middle}&created_before={later}",
    "a name that one in a million has": f"q={RARE.replace(' ', '+')}",
    "payload.n=77 (one in 100,000)": "payload.n=77",
}


def fill(jobs: int) -> None:
    """Puts that many jobs into the table, the oldest first."""
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
                   1, 3, false, 'w' || n % 40, gen_random_uuid(), at, at,
                   CASE WHEN status <> 'queued' THEN at + interval '1 s' END,
                   CASE WHEN status <> 'queued' THEN at + interval '2 s' END, 'bench'
              FROM (SELECT n, 'kind_' || n % 6 AS kind,
                           now() - interval '1 s' * {WEEK} * (1 - n / {jobs}::float8) AS at,
                           CASE WHEN n % 1000 = 1 THEN 'queued' WHEN n % 100 < 3 THEN 'failed'
                                ELSE 'completed' END AS status
                      FROM generate_series({start}, {min(start + AT_ONCE, jobs) - 1}) n) made
            """
        )
    execute("VACUUM ANALYZE jobs_job")


def look(client: requests.Session, url: str, looks: int) -> tuple[float, float, int]:
    """Milliseconds of an answer, in the middle and at most, and its bytes."""
    times = []
    for _ in range(looks):
        began = time.perf_counter()
        answer = client.get(url, timeout=60)
        times.append((time.perf_counter() - began) * 1000)
        answer.raise_for_status()
    return statistics.median(times), max(times), len(answer.content)


def main() -> None:
    """Fills the table, then looks at it in different ways."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--jobs", type=int, default=10_000_000)
    options.add_argument("--looks", type=int, default=20)
    arguments = options.parse_args()
    port = free_port()
    root = f"http://127.0.0.1:{port}"
    web = ("-m", "uvicorn", "config.asgi:application", f"--port={port}", "--no-access-log")
    with stage() as the_stage:
        from jobs.tokens import issue_token

        began = time.monotonic()
        fill(arguments.jobs)
        print(f"{arguments.jobs:,} jobs in the table after {time.monotonic() - began:.0f} s")
        page, api = requests.Session(), requests.Session()
        page.cookies["sessionid"] = session()
        page.headers["Accept"] = "text/html"
        api.headers["Authorization"] = f"Token {issue_token('bench', 'viewer')}"
        with the_stage.process(*web, "--log-level=warning"):
            until(lambda: answers(f"{root}/healthz"), "the web process answers")
            rows = [
                _row(page, api, root, name, query, arguments.looks)
                for name, query in FILTERS.items()
            ]
    title = f"The list of {arguments.jobs:,} jobs"
    report.show(title, COLUMNS, rows, arguments.json)


def _row(
    page: requests.Session, api: requests.Session, root: str, name: str, query: str, looks: int
) -> list[Any]:
    middle = time.time() - WEEK / 2
    query = query.format(middle=_moment(middle), later=_moment(middle + 3600))
    found = api.get(f"{root}/api/v1/jobs?page_size=50&{query}", timeout=60)
    count = len(found.json()["results"]) if found.ok else None
    page_half, page_most, _ = look(page, f"{root}/ui/jobs?{query}", looks)
    api_half, api_most, _ = look(api, f"{root}/api/v1/jobs?page_size=50&{query}", looks)
    return [name, count, page_half, page_most, api_half, api_most]


def _moment(epoch: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


if __name__ == "__main__":
    main()
