"""Jobs in chunks, over HTTP, on real workers: the same result as in one piece."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import pytest
import requests
from PIL import Image

from executors.api import shapes as executor_shapes
from jobs.api import shapes
from tests.support.chunked import in_one_piece
from tests.support.platform import Platform


class Web:
    """The API of a platform, spoken to as an operator."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._url = f"{platform.web()}/api/v1"
        self._session = requests.Session()
        # The server may close an idle connection in the moment in which it is used again.
        self._session.headers["Connection"] = "close"
        token = platform.manage("token", "--role", "operator", "--name", "ci").split()[-1]
        self._session.headers["Authorization"] = f"Token {token}"

    def run(self, type_: str, payload: dict[str, Any], **fields: Any) -> shapes.Job:
        """A job, ended."""
        body = {"type": type_, "payload": payload, **fields}
        answer = self._session.post(f"{self._url}/jobs", json=body)
        assert answer.status_code == 201, answer.text
        id_ = answer.json()["id"]
        self._platform.wait_final(id_)
        return shapes.Job.model_validate_json(self.get(f"jobs/{id_}").content)

    def executions(self, job: shapes.Job) -> list[executor_shapes.Execution]:
        """The executions of a job, oldest first."""
        listed = self.get(f"jobs/{job.id}/executions").json()["results"]
        return [executor_shapes.Execution.model_validate(one, strict=False) for one in listed][::-1]

    def upload(self, name: str, content: bytes) -> str:
        """A new artifact's id."""
        answer = self._session.post(f"{self._url}/artifacts", files={"file": (name, content)})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def get(self, path: str) -> requests.Response:
        answer = self._session.get(f"{self._url}/{path}")
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture(scope="module")
def platform(
    make_platform: Callable[..., AbstractContextManager[Platform]],
) -> Iterator[Platform]:
    with make_platform() as platform:
        platform.dispatcher()
        platform.service_worker()
        platform.worker("w1", slots=2)
        platform.worker("w2", slots=2, pool="threads")
        yield platform
        platform.check_invariants()


@pytest.fixture(scope="module")
def web(platform: Platform) -> Web:
    return Web(platform)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("wishes", [{"thread_demand": 3}, {"chunks": 7}, {}])
@pytest.mark.parametrize(
    ("type_", "payload"),
    [
        ("monte_carlo_pi", {"samples": 3_000_000, "seed": 7}),
        ("word_count", {"text": "noël 日本\r\n" * 5000 + "the end"}),
        ("large_array_sum", {"array": list(range(1000))}),
    ],
)
def test_chunks_give_what_the_whole_gives(
    web: Web, type_: str, payload: dict[str, Any], wishes: dict[str, int]
) -> None:
    job = web.run(type_, payload, **wishes)
    assert job.result == in_one_piece(type_, payload)
    count = max(wishes.values(), default=None)
    assert job.chunk_count == count
    executions = web.executions(job)
    if count is None:
        assert [one.kind for one in executions] == ["whole"]
        return
    assert sorted(one.chunk for one in executions if one.kind == "chunk") == list(range(count))
    assert [one.kind for one in executions].count("combine") == 1
    for one in executions:
        assert one.executor in {"w1", "w2"}
        assert one.execution_time is not None
        assert (one.result_size is None) == (one.kind == "combine")


def test_files_in_chunks(web: Web) -> None:
    array = np.arange(100_000, dtype=np.int64)
    numbers = web.upload("numbers.npy", npy(array))
    job = web.run("large_array_sum", {"artifact": numbers}, thread_demand=4)
    assert job.result == {"sum": int(array.sum()), "count": 100_000}

    picture = web.upload("cat.png", png(100, 50))
    sizes = [{"width": 50}, {"height": 10}, {"width": 7, "height": 9}]
    job = web.run("resize_image", {"artifact": picture, "sizes": sizes}, thread_demand=3)
    made = [(one["width"], one["height"]) for one in job.result["pictures"]]
    assert made == [(50, 25), (20, 10), (7, 9)]
    for one in job.result["pictures"]:
        content = web.get(f"artifacts/{one['artifact']}/content").content
        with Image.open(io.BytesIO(content)) as image:
            assert image.size == (one["width"], one["height"])


@pytest.mark.parametrize(
    ("type_", "payload", "result"),
    [
        ("large_array_sum", {"array": []}, {"sum": 0, "count": 0}),
        ("word_count", {"text": ""}, {"lines": 0, "words": 0, "characters": 0, "bytes": 0}),
    ],
)
def test_nothing_can_be_split_too(
    web: Web, type_: str, payload: dict[str, Any], result: dict[str, int]
) -> None:
    job = web.run(type_, payload, thread_demand=4)
    assert (job.status, job.result) == ("completed", result)


def test_the_error_of_a_chunk_is_the_jobs(web: Web) -> None:
    text = web.upload("bad.txt", b"good\n" * 100 + b"\xff\n")
    job = web.run("word_count", {"artifact": text}, thread_demand=3)
    assert job.status == "failed"
    assert job.error is not None
    assert (job.error.code, job.attempt) == ("bad_text", 1)
    assert "invalid start byte at byte 500" in job.error.message


def test_labels_choose_the_executor(platform: Platform, web: Web) -> None:
    platform.environment["CELERIAC_LABELS"] = "zone=a"
    platform.worker("w3", slots=1, pool="threads")
    del platform.environment["CELERIAC_LABELS"]
    payload = {"a": 1, "b": 2}
    for _ in range(3):
        assert web.run("add_numbers", payload, requires={"zone": "a"}).executor == "w3"
    platform.discard("w3")
