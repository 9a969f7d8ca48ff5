"""What executors tell: registrations, and callbacks in all their forms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from executors.protocols.xxl_job.wire.envelope import NotUnderstood
from executors.protocols.xxl_job.wire.told import (
    Ending,
    Registration,
    read_callback,
    read_registration,
)

REGISTRATION = {
    "registryGroup": "EXECUTOR",
    "registryKey": "reports",
    "registryValue": "http://10.0.0.1:9999/",
}

PRESENT = {"logId": 7, "logDateTim": 1700000000000, "handleCode": 200, "handleMsg": "done"}
FORMER = {"logId": 7, "logDateTim": 1, "executeResult": {"code": 200, "msg": "done"}}

ENDINGS: dict[str, tuple[dict[str, Any], Ending]] = {
    "present form": (PRESENT, Ending(7, 200, "done")),
    "2.2": (FORMER, Ending(7, 200, "done")),
    "both forms": (PRESENT | FORMER, Ending(7, 200, "done")),
    "2.2 with the present fields empty": (
        FORMER | {"handleCode": 0, "handleMsg": None}, Ending(7, 200, "done"),
    ),
    "2.2 with a payload": (
        FORMER | {"executeResult": {"code": 500, "msg": "no", "content": None}},
        Ending(7, 500, "no"),
    ),
    "failed": (PRESENT | {"handleCode": 500, "handleMsg": "x"}, Ending(7, 500, "x")),
    "timed out": (PRESENT | {"handleCode": 502}, Ending(7, 502, "done")),
    "a code of their own": (PRESENT | {"handleCode": 501}, Ending(7, 501, "done")),
    "no message": ({"logId": 7, "handleCode": 200}, Ending(7, 200, "")),
    "null as message": (PRESENT | {"handleMsg": None}, Ending(7, 200, "")),
    "a number as message": (PRESENT | {"handleMsg": 12}, Ending(7, 200, "12")),
    "an object as message": (PRESENT | {"handleMsg": {"ä": 1}}, Ending(7, 200, '{"ä": 1}')),
    "numbers as text": (PRESENT | {"logId": "7", "handleCode": "200"}, Ending(7, 200, "done")),
    "numbers as floats": (PRESENT | {"logId": 7.0, "handleCode": 200.0}, Ending(7, 200, "done")),
    "a NUL": (PRESENT | {"handleMsg": "a\0"}, Ending(7, 200, "a␀")),
    "half a character": (PRESENT | {"handleMsg": "a\ud83d"}, Ending(7, 200, "a?")),
    "fields of a later version": (PRESENT | {"logDateTime": 3, "new": []}, Ending(7, 200, "done")),
}  # fmt: skip

NO_ENDINGS: dict[str, Any] = {
    "nothing": {},
    "null": None,
    "text": "x",
    "no id": {"handleCode": 200},
    "id 0": PRESENT | {"logId": 0},
    "id below 0": PRESENT | {"logId": -7},
    "id is a word": PRESENT | {"logId": "seven"},
    "id with a fraction": PRESENT | {"logId": 7.5},
    "id too large": PRESENT | {"logId": 2**63},
    "no code": {"logId": 7, "handleMsg": "done"},
    "code 0": PRESENT | {"handleCode": 0},
    "a result that is none": {"logId": 7, "executeResult": "done"},
    "a result without a code": {"logId": 7, "executeResult": {}},
}


def test_a_registration_is_read() -> None:
    assert read_registration(json.dumps(REGISTRATION).encode()) == Registration(
        "reports", "http://10.0.0.1:9999"
    )


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"registryGroup": "ADMIN"}, "registryGroup"),
        ({"registryGroup": None}, "registryGroup"),
        ({"registryKey": ""}, "registryKey"),
        ({"registryKey": "  "}, "registryKey"),
        ({"registryKey": 7}, "registryKey"),
        ({"registryKey": "x" * 101}, "registryKey"),
        ({"registryKey": "a\0b"}, "registryKey"),
        ({"registryKey": "a\ud83d"}, "registryKey"),
        ({"registryValue": None}, "registryValue"),
        ({"registryValue": "http://" + "x" * 500}, "registryValue"),
        ({"registryValue": "http://a\nb"}, "registryValue"),
    ],
)
def test_a_registration_that_is_none_is_refused(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(NotUnderstood, match=reason):
        read_registration(json.dumps(REGISTRATION | change).encode())


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{}", b"{", b"\xff", b"[" * 100_000])
def test_no_body_breaks_the_reading_of_registrations(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_registration(body)


@pytest.mark.parametrize(("item", "ending"), ENDINGS.values(), ids=ENDINGS)
def test_a_callback_is_read(item: dict[str, Any], ending: Ending) -> None:
    assert read_callback(json.dumps([item]).encode()) == ([ending], 0)


@pytest.mark.parametrize("item", NO_ENDINGS.values(), ids=NO_ENDINGS)
def test_a_bad_item_does_not_spoil_the_others(item: object) -> None:
    other = PRESENT | {"logId": 8}

    assert read_callback(json.dumps([PRESENT, item, other]).encode()) == (
        [Ending(7, 200, "done"), Ending(8, 200, "done")],
        1,
    )


@pytest.mark.parametrize("body", [PRESENT, [PRESENT], {"callbackList": [PRESENT]}])
def test_one_callback_may_come_without_its_array_or_in_an_object(body: object) -> None:
    assert read_callback(json.dumps(body).encode()) == ([Ending(7, 200, "done")], 0)


def test_an_empty_callback_has_no_endings() -> None:
    assert read_callback(b"[]") == ([], 0)


@pytest.mark.parametrize("body", [b"", b"{", b"<html>", b"[" * 100_000])
def test_a_callback_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(NotUnderstood):
        read_callback(body)
