"""How many jobs a second can be submitted over HTTP, one a request and in bulk.

python -m bench.intake [--single 500] [--bulk 10000] [--clients 4] [--runs 3] [--json FILE]
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from bench import report
from bench.stage import stage


def main() -> None:
    """No dispatcher runs: only intake is measured."""
    options = report.parser(__doc__.splitlines()[0])
    options.add_argument("--single", type=int, default=500, help="single submits a client")
    options.add_argument("--clients", type=int, default=4)
    options.add_argument("--bulk", type=int, default=10_000, help="jobs in a bulk request")
    arguments = options.parse_args()
    with stage() as the_stage, the_stage.web() as (url, _):
        from jobs.tokens import issue_token

        headers = {"Authorization": f"Token {issue_token('bench', 'operator')}"}
        singles = [_single(url, headers, arguments, 1) for _ in range(arguments.runs)]
        parallel = [
            _single(url, headers, arguments, arguments.clients) for _ in range(arguments.runs)
        ]
        bulks = [_bulk(url, headers, arguments.bulk) for _ in range(arguments.runs)]
    rows = [
        ("single, one client", report.median(singles)),
        (f"single, {arguments.clients} clients", report.median(parallel)),
        (f"bulk of {arguments.bulk:,}", report.median(bulks)),
    ]
    title = f"Jobs submitted over HTTP, medians of {arguments.runs} runs"
    report.show(title, ("submit", "jobs/s"), rows, arguments.json)


def _single(url: str, headers: dict[str, str], options: Any, clients: int) -> float:
    def client(_: int) -> None:
        with requests.Session() as session:
            session.headers.update(headers)
            for n in range(options.single):
                body = {"type": "add_numbers", "payload": {"a": n, "b": 1}}
                session.post(f"{url}/api/v1/jobs", json=body, timeout=30).raise_for_status()

    began = time.monotonic()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(client, range(clients)))
    return clients * options.single / (time.monotonic() - began)


def _bulk(url: str, headers: dict[str, str], count: int) -> float:
    jobs = [{"type": "add_numbers", "payload": {"a": n, "b": 1}} for n in range(count)]
    began = time.monotonic()
    answer = requests.post(
        f"{url}/api/v1/jobs/bulk", json={"jobs": jobs}, headers=headers, timeout=120
    )
    answer.raise_for_status()
    if len(answer.json()["ids"]) != count:
        raise AssertionError("not every job got an id")
    return count / (time.monotonic() - began)


if __name__ == "__main__":
    main()
