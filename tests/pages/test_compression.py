"""Pages and what they load are compressed; the API's answers and parts of files are not."""

from __future__ import annotations

import gzip
from contextlib import closing

import pytest

from tests.support.rows import make_job

pytestmark = pytest.mark.django_db
GZIP = {"accept-encoding": "gzip"}


def content(answer) -> bytes:
    if not answer.streaming:
        return answer.content
    with closing(answer):
        return b"".join(answer.streaming_content)


@pytest.mark.parametrize("path", ["/ui/jobs", "/static/ui/base.css", "/static/vendor/htmx.min.js"])
def test_texts_are_compressed_for_browsers_that_take_it(login, path):
    client = login("viewer")
    plain = content(client.get(path))
    packed = client.get(path, headers=GZIP)
    assert packed["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed["Vary"]
    sent = content(packed)
    assert len(sent) < len(plain) / 2
    assert len(gzip.decompress(sent)) == pytest.approx(len(plain), abs=100)


def test_the_api_answers_as_it_is(login):
    for _ in range(20):
        make_job()
    answer = login("viewer").get("/api/v1/jobs", headers=GZIP | {"accept": "application/json"})
    assert "Content-Encoding" not in answer


def test_a_part_of_a_file_is_a_part_of_the_file(client):
    answer = client.get("/static/ui/base.css", headers=GZIP | {"range": "bytes=0-999"})
    assert answer.status_code == 206
    assert "Content-Encoding" not in answer
    assert len(content(answer)) == 1000
