"""A small client of the HTTP API: what the demo does, any program can do."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from config.demo.multipart import MultipartFile
from jobs.errors import CeleriacError

FINAL = ("completed", "failed", "cancelled")
# Seconds.
PATIENCE = 120.0
LOOK_EVERY = 0.05
REQUEST_LIMIT = 60.0
PAGE_SIZE = 500

Job = dict[str, Any]


class Refused(CeleriacError):
    """{method} {path} was answered by {status}: {text}"""

    code = "refused"


class TookTooLong(CeleriacError):
    """After {seconds:g} s {what} is still {status}."""

    code = "took_too_long"


class Api:
    """The API at `url`, used with a token. Each method raises Refused on an error status."""

    def __init__(self, url: str, token: str) -> None:
        self._url = f"{url}/api/v1"
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy between this machine and itself
        self._session.headers["Authorization"] = f"Token {token}"

    def submit(self, type_name: str, payload: Mapping[str, Any], **options: Any) -> Job:
        """Submits a job, waits for its end, and returns it."""
        body = {"type": type_name, "payload": payload, **options}
        return self._ended(self._call("POST", "/jobs", json=body).json())

    def trigger(self, task: str, payload: Any) -> Job:
        """Makes a job of a task, waits for its end, and returns it."""
        return self._ended(
            self._call("POST", f"/tasks/{task}/trigger", json={"payload": payload}).json()
        )

    def _ended(self, job: Job) -> Job:
        give_up = time.monotonic() + PATIENCE
        while job["status"] not in FINAL:
            if time.monotonic() > give_up:
                raise TookTooLong(seconds=PATIENCE, what=f"job {job['id']}", status=job["status"])
            time.sleep(LOOK_EVERY)
            job = self._call("GET", f"/jobs/{job['id']}").json()
        return dict(job)

    def executions(self, job_id: str) -> list[dict[str, Any]]:
        """The executions of a job, the newest first."""
        return list(self._call("GET", f"/jobs/{job_id}/executions").json()["results"])

    def executors(self) -> list[dict[str, Any]]:
        """All executors, by name."""
        return list(self._call("GET", "/executors").json()["results"])

    def log(self, job_id: str) -> list[str]:
        """The lines of a job's log."""
        return [
            line["text"] for line in self._call("GET", f"/jobs/{job_id}/logs").json()["results"]
        ]

    @contextmanager
    def task(self, body: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """A task that is there while the block lasts; its jobs stay."""
        task = dict(self._call("POST", "/tasks", json=body).json())
        try:
            yield task
        finally:
            self._call("DELETE", f"/tasks/{task['id']}")

    def jobs_of(self, task_id: str, count: int) -> list[Job]:
        """The first jobs of a task, once so many of them have ended."""
        url = f"/jobs?task={task_id}&ordering=created_at&page_size={count}"
        give_up = time.monotonic() + PATIENCE
        while True:
            jobs = [dict(job) for job in self._call("GET", url).json()["results"]]
            if len(jobs) >= count and all(job["status"] in FINAL for job in jobs):
                return jobs
            if time.monotonic() > give_up:
                raise TookTooLong(
                    seconds=PATIENCE, what=f"{count} jobs of a task", status=f"{len(jobs)} there"
                )
            time.sleep(LOOK_EVERY)

    def submit_many(self, jobs: Sequence[Mapping[str, Any]]) -> list[str]:
        """Submits all jobs or none by one request; returns their ids in order."""
        return list(self._call("POST", "/jobs/bulk", json={"jobs": jobs}).json()["ids"])

    def finished(self, name: str) -> Iterator[list[Job]]:
        """The jobs of a name, the oldest first, page by page, each page when all of it ended.

        Yields an empty list now and then while it waits.
        """
        url = f"/jobs?name={name}&ordering=created_at&page_size={PAGE_SIZE}"
        give_up = time.monotonic() + PATIENCE
        while url:
            page = self._call("GET", url).json()
            if all(job["status"] in FINAL for job in page["results"]):
                yield page["results"]
                url = (page["next"] or "").removeprefix(self._url)
            elif time.monotonic() > give_up:
                raise TookTooLong(
                    seconds=PATIENCE, what=f"a job called {name}", status="unfinished"
                )
            else:
                yield []
                time.sleep(LOOK_EVERY)

    def upload(self, path: Path) -> str:
        """Sends a file without reading all of it at once; returns the artifact's id."""
        body = MultipartFile(path)
        headers = {"Content-Type": body.content_type}
        return str(self._call("POST", "/artifacts", data=body, headers=headers).json()["id"])

    def download(self, artifact: str, path: Path) -> None:
        """Writes an artifact's content to a file."""
        answer = self._call("GET", f"/artifacts/{artifact}/content", stream=True)
        with path.open("wb") as file:
            for block in answer.iter_content(256 * 1024):
                file.write(block)

    def close(self) -> None:
        """Closes the connections."""
        self._session.close()

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        while True:
            answer = self._session.request(
                method, self._url + path, timeout=REQUEST_LIMIT, **options
            )
            if answer.status_code != requests.codes.too_many_requests:
                break
            time.sleep(float(answer.headers.get("Retry-After", 1)))
        if not answer.ok:
            raise Refused(
                method=method, path=path, status=answer.status_code, text=answer.text[:2000]
            )
        return answer
