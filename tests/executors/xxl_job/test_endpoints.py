"""What executors of XXL-JOB call, as they call it."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from executors import status
from executors.models import Executor, Member
from executors.states import ExecutorStatus
from tests.executors.xxl_job.conftest import GOOD, PLACES, told
from tests.support.rows import make_executor
from tests.support.xxl_executor import TOKEN

pytestmark = pytest.mark.django_db
REGISTRATION = {
    "registryGroup": "EXECUTOR",
    "registryKey": "xxl-job-executor-sample",
    "registryValue": "http://127.0.0.1:9999/",
}
NAME = "xxl-job-executor-sample:127.0.0.1:9999"


@pytest.mark.parametrize("place", PLACES)
def test_an_executor_that_beats_is_known(client: Client, place: str) -> None:
    assert told(client, "registry", REGISTRATION, place=place) == GOOD

    executor = Executor.objects.get(name=NAME)
    assert (executor.status, executor.protocol, executor.slots) == ("online", "xxl_job", 64)
    assert executor.types == ["external"]
    member = Member.objects.get(executor=executor)
    assert (member.group, member.instance_id) == ("xxl-job-executor-sample", "127.0.0.1:9999")
    assert member.base_url == "http://127.0.0.1:9999"
    assert (member.health_interval, member.heartbeat_timeout) == (30.0, 90.0)
    assert member.next_check_at is not None


def test_a_path_may_end_with_a_slash(client: Client) -> None:
    assert told(client, "registry/", REGISTRATION) == GOOD


def test_the_slots_are_those_of_the_setting(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "XXL_JOB_SLOTS", 8)
    told(client, "registry", REGISTRATION)

    assert Executor.objects.get().slots == 8


def test_a_beat_keeps_what_was_made_of_an_executor(client: Client) -> None:
    told(client, "registry", REGISTRATION)
    Executor.objects.update(slots=3, weight=7, last_heartbeat="2020-01-01T00:00Z")
    told(client, "registry", REGISTRATION)

    executor = Executor.objects.get()
    assert (executor.slots, executor.weight) == (3, 7)
    assert executor.last_heartbeat.year > 2020


@pytest.mark.parametrize("place", PLACES)
def test_an_executor_that_signs_off_is_offline_and_comes_back(client: Client, place: str) -> None:
    told(client, "registry", REGISTRATION)
    assert told(client, "registryRemove", REGISTRATION, place=place) == GOOD
    assert Executor.objects.get().status == "offline"

    told(client, "registry", REGISTRATION)
    assert Executor.objects.get().status == "online"


def test_an_executor_that_was_silent_is_back_by_itself(client: Client) -> None:
    told(client, "registry", REGISTRATION)
    Executor.objects.update(status="offline")
    told(client, "registry", REGISTRATION)

    assert Executor.objects.get().status == "online"


def test_a_beat_does_not_undo_what_a_person_decided(client: Client) -> None:
    told(client, "registry", REGISTRATION)
    with connection.cursor() as cursor:
        status.set_status(cursor, str(Executor.objects.get().id), ExecutorStatus.DRAINING, "me")
    told(client, "registry", REGISTRATION)
    assert Executor.objects.get().status == "draining"

    told(client, "registryRemove", REGISTRATION)
    told(client, "registry", REGISTRATION)
    assert Executor.objects.get().status != "online"


def test_an_executor_may_move_to_https(client: Client) -> None:
    told(client, "registry", REGISTRATION)
    told(client, "registry", REGISTRATION | {"registryValue": "https://127.0.0.1:9999"})

    assert Member.objects.get().base_url == "https://127.0.0.1:9999"


def test_nobody_signs_off_who_is_not_known(client: Client) -> None:
    assert told(client, "registryRemove", REGISTRATION) == GOOD
    assert not Executor.objects.exists()


def test_an_executor_of_another_kind_keeps_its_name(client: Client) -> None:
    make_executor(NAME)
    answer = told(client, "registry", REGISTRATION)

    assert answer["code"] == 500
    assert NAME in answer["msg"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"registryGroup": "ADMIN"}, "registryGroup"),
        ({"registryKey": "a group: no"}, "group's name"),
        ({"registryValue": "127.0.0.1:9999"}, "http"),
        ({"registryValue": "ftp://127.0.0.1/"}, "http"),
        ({"registryValue": "http://me:secret@127.0.0.1:9999/"}, "credentials"),
        ({"registryValue": "http://169.254.169.254/"}, "metadata"),
        ({"registryValue": "http://10.0.0.1:9999/"}, "private"),
        ({"registryValue": "http://no-such-host.invalid:9999/"}, "not known"),
        ({"registryValue": "http://127.0.0.1:9999/?a=1"}, "query"),
        ({"registryValue": "http://127.0.0.1:9999/#a"}, "fragment"),
        ({"registryValue": "http://[::1"}, "IPv6"),
        ({"registryValue": "http://127.0.0.1:9999/" + "x" * 300}, "instance_id"),
    ],
)
def test_what_can_not_be_called_is_refused(
    client: Client, change: dict[str, str], reason: str
) -> None:
    answer = told(client, "registry", REGISTRATION | change)

    assert answer["code"] == 500
    assert reason in answer["msg"]
    assert "secret" not in answer["msg"]
    assert not Executor.objects.exists()


@pytest.mark.parametrize("what", ["registry", "registryRemove", "callback"])
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "ä"])
def test_nothing_is_done_without_the_token(client: Client, what: str, token: str) -> None:
    answer = told(client, what, REGISTRATION, token=token)

    assert answer["code"] == 500
    assert "token is wrong" in answer["msg"]
    assert not Executor.objects.exists()


@pytest.mark.parametrize("what", ["registry", "registryRemove", "callback"])
@pytest.mark.parametrize("token", ["", TOKEN])
def test_without_a_token_of_our_own_all_is_closed(
    client: Client, monkeypatch: pytest.MonkeyPatch, what: str, token: str
) -> None:
    monkeypatch.setitem(settings.CELERIAC, "XXL_JOB_ACCESS_TOKEN", "")
    answer = told(client, what, REGISTRATION, token=token)

    assert answer["code"] == 500
    assert "not enabled" in answer["msg"]
    assert not Executor.objects.exists()


@pytest.mark.parametrize("what", ["registry", "registryRemove", "callback"])
def test_only_posts_are_answered(client: Client, what: str) -> None:
    answer = client.get(f"/api/{what}", headers={"XXL-JOB-ACCESS-TOKEN": TOKEN})

    assert answer.status_code == 200
    assert answer.json()["code"] == 500


@pytest.mark.parametrize("what", ["registry", "registryRemove"])
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b"{}", b"[" * 10_000])
def test_a_body_that_is_none_is_refused(client: Client, what: str, body: bytes) -> None:
    assert told(client, what, body)["code"] == 500


def test_a_registration_is_short(client: Client) -> None:
    body = json.dumps(REGISTRATION | {"more": "x" * 20_000}).encode()
    answer = told(client, "registry", body)

    assert answer["code"] == 500
    assert "larger" in answer["msg"]


def test_what_was_there_before_below_api_stays(client: Client) -> None:
    assert client.get("/api/v1/jobs").status_code in {401, 403}
    assert client.get("/api/registries").status_code == 404
