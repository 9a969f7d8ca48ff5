"""Answers of executors as they really come, and ours."""

from __future__ import annotations

import json

import pytest

from executors.protocols.xxl_job.wire.envelope import Answer, Form, read, written

READ = {
    "since 3.3": (b'{"code":200,"data":{"a":1}}', Answer(200, "", {"a": 1})),
    "before 3.3": (b'{"code":200,"msg":null,"content":{"a":1}}', Answer(200, "", {"a": 1})),
    "both names": (b'{"code":200,"content":{"a":1},"data":{"a":1}}', Answer(200, "", {"a": 1})),
    "data is null": (b'{"code":200,"content":"x","data":null}', Answer(200, "", "x")),
    "no payload": (b'{"code":200}', Answer(200)),
    "a refusal": (b'{"code":500,"msg":"job handler [x] not found."}',
                  Answer(500, "job handler [x] not found.")),
    "code as text": (b'{"code":"200","msg":""}', Answer(200)),
    "code as float": (b'{"code":200.0}', Answer(200)),
    "msg as object": (b'{"code":500,"msg":{"why":"x"}}', Answer(500, '{"why": "x"}')),
    "msg with NUL": (b'{"code":500,"msg":"a\\u0000b"}', Answer(500, "a␀b")),
    "msg with half a character": (b'{"code":500,"msg":"a\\ud83d"}', Answer(500, "a?")),
    "no UTF-8": (b'{"code":500,"msg":"\xff"}', Answer(500, "�")),
}  # fmt: skip

FAILURES = {
    "a callback instead of an answer": b'[{"logId":1,"handleCode":500,"handleMsg":"x"}]',
    "nothing": b"",
    "a page": b"<html>not found</html>",
    "text": b'"OK"',
    "null": b"null",
    "true": b"true",
    "no code": b'{"msg":"x"}',
    "code is a word": b'{"code":"OK"}',
    "code is true": b'{"code":true}',
    "code is null": b'{"code":null}',
    "code is an object": b'{"code":{}}',
    "code is infinite": b'{"code":Infinity}',
    "too deep": b'{"code":' + b"[" * 100_000,
    "endless digits": b'{"code":' + b"9" * 5000 + b"}",
    "half an object": b'{"code":200',
}


@pytest.mark.parametrize(("body", "answer"), READ.values(), ids=READ)
def test_an_answer_is_read(body: bytes, answer: Answer) -> None:
    assert read(body) == answer


@pytest.mark.parametrize("body", FAILURES.values(), ids=FAILURES)
def test_whatever_is_no_answer_is_a_failure_with_a_reason(body: bytes) -> None:
    answer = read(body)

    assert not answer.good
    assert answer.form is (Form.ARRAY if body.startswith(b"[") else Form.NONE)
    assert answer.msg
    assert len(answer.msg) < 400


def test_an_answer_is_written_for_executors_of_all_versions() -> None:
    assert written(Answer(200)) == {"code": 200, "msg": None, "data": None, "content": None}
    assert written(Answer(500, "no", {"a": 1})) == {
        "code": 500, "msg": "no", "data": {"a": 1}, "content": {"a": 1},
    }  # fmt: skip


def test_what_is_written_is_read_again() -> None:
    answer = Answer(500, "why", [1, 2])

    assert read(json.dumps(written(answer)).encode()) == answer
