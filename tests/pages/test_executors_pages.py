"""The pages of executors: slots, health, and the verb by which they drain and resume."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from dashboard.executors import queries
from dashboard.executors.slots import LiveLease, fill, hue_of
from dashboard.live.sources import slots as live
from executors.models import Executor, HealthCheck, Lease, Member
from executors.states import ExecutorStatus
from jobs import types
from jobs.models import Job, JobEvent
from tests.support.rows import make_execution, make_executor, make_job, make_lease
from tests.support.situations import assigned

pytestmark = pytest.mark.django_db
LIST = "/ui/executors"
PART = {"HX-Request": "true"}


def lease(number: int, *, slots: int = 1, claimed: bool = True) -> LiveLease:
    return LiveLease(
        "e", f"{number:02}", "echo", "whole", slots, 1, 0, claimed, timezone.now(), None, "a job"
    )


def make_member(name: str = "billing:one") -> Executor:
    executor = make_executor(name, protocol="http", pool="http", pid=0, slots=2)
    Member.objects.create(
        executor=executor, group="billing", instance_id="one", base_url="http://10.0.0.7:9090/",
        health_check_url="http://10.0.0.7:9090/health",
    )  # fmt: skip
    return executor


def page_of(executor: Executor) -> str:
    return f"{LIST}/{executor.pk}"


def test_slots_are_filled_in_the_order_of_their_leases():
    found = fill(6, [lease(3, claimed=False), lease(2, slots=3), lease(1)], shown=64)
    assert [cell.lease and cell.lease.id for cell in found.cells] == [
        "01",
        "02",
        "02",
        "02",
        "03",
        None,
    ]
    assert [cell.is_start for cell in found.cells[:4]] == [True, True, False, False]
    assert (found.used, found.ahead, found.left_out) == (5, 0, 0)
    assert found.words == "5 of 6 slots in use, 5 by echo"


def test_what_has_no_slot_yet_waits_and_what_has_no_room_is_counted():
    found = fill(2, [lease(1), lease(2), lease(3, claimed=False)], shown=1)
    assert (len(found.cells), found.used, found.ahead, found.left_out) == (1, 2, 1, 1)


def test_types_have_colours_of_their_own_as_long_as_there_are_some():
    names = [kind.name for kind in types.all_types()]
    assert [hue_of(name) for name in names[:8]] == list(range(8))
    assert {hue_of(f"gone_{number}") for number in range(200)} == set(range(8))


def test_without_executors_it_says_how_to_start_one(login):
    assert "celery -A config worker" in login("viewer").get(LIST).text


def test_a_card_shows_what_runs_in_its_slots(login):
    executor = make_executor("w1", labels={"gpu": "true"})
    job = make_job("running", name="<b>big</b>", type="large_array_sum")
    make_execution(
        job, make_lease(executor, "claimed", job_type="large_array_sum", slots=2), "running"
    )
    page = login("viewer").get(LIST).text
    assert "2 of 4 slots in use, 2 by large_array_sum" in page
    assert f'href="/ui/jobs/{job.pk}"' in page
    assert "gpu=true" in page
    assert "<b>big" not in page
    assert "Drain" not in page


def test_http_executors_show_where_they_are_and_how_they_were(login):
    executor = make_member()
    for healthy in (True, False, True):
        HealthCheck.objects.create(
            executor=executor, healthy=healthy, detail="" if healthy else "refused"
        )
    listed = login("viewer").get(LIST).text
    assert "The last 3 health checks, the newest last: well, unwell, well" in listed
    page = login("viewer").get(page_of(executor)).text
    for text in ("billing", "http://10.0.0.7:9090/health", "refused", "unwell"):
        assert text in page
    # What it has without having been given it, which a job may require.
    assert "executor=billing:one</span>" in page
    assert "group=billing</span>" in page
    assert "Its recent life" not in page


def test_the_time_of_a_check_is_the_viewers_and_holds_without_scripts(login):
    check = HealthCheck.objects.create(executor=make_member(), healthy=False, detail="<b>no</b>")
    page = login("viewer").get(LIST).text
    assert f'data-at="{check.at.isoformat()}" data-said="&lt;b&gt;no&lt;/b&gt;"' in page
    assert f'title="{check.at:%Y-%m-%d %H:%M:%S} UTC"' in page


def lost(executor: Executor, name: str, **data) -> Job:
    """A job that was lost by an executor just now, as the transaction that loses one notes it."""
    job = make_job(name=name)
    now = timezone.now()
    make_execution(job, make_lease(executor, "lost"), "lost", completed_at=now)
    JobEvent.objects.create(job=job, kind="lost", at=now, data=data)
    return job


def test_a_worker_tells_of_what_it_lost_and_of_its_starts(login):
    executor, other = make_executor("w1"), make_executor("w2")
    job = lost(executor, "<i>frozen", alone=True, reason="Its executor w1 was started anew.")
    lost(other, "of another", alone=True)
    then = timezone.now() - timedelta(hours=2)
    make_lease(executor, claimed_at=then, incarnation=uuid.uuid4())
    JobEvent.objects.create(job=job, kind="retried")
    answer = login("viewer").get(page_of(executor))
    assert [its.kind for its in answer.context["life"]] == ["lost", "started", "ran"]
    assert answer.context["life"][2].at == then
    assert f'<a href="/ui/jobs/{job.pk}">&lt;i&gt;frozen</a>' in answer.text
    assert "Its executor w1 was started anew." in answer.text
    assert "of another" not in answer.text
    assert "lost nothing" not in answer.text
    part = login("viewer").get(f"{page_of(executor)}?part=life", headers=PART).text
    assert "frozen" in part
    assert "<html" not in part


def test_a_batch_that_was_lost_is_one_line_of_its_life(login):
    executor = make_executor("w1")
    now = timezone.now()
    lease = make_lease(executor, "lost")
    for name in ("first", "second", "third"):
        job = make_job(name=name)
        make_execution(job, lease, "lost", completed_at=now)
        JobEvent.objects.create(job=job, kind="lost", at=now, data={"alone": False})
    found = login("viewer").get(page_of(executor)).context["life"]
    assert [(its.kind, its.jobs, its.job_name) for its in found if its.jobs] == [
        ("lost", 3, "first")
    ]


def test_a_worker_without_a_past_says_when_it_started(login):
    page = login("viewer").get(page_of(make_executor("w1", pid=4711))).text
    assert "Started as process 4711 on here" in page
    assert "It lost nothing in the last 24 hours." in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", ["w1", "w2", "w0"]), ("?name=W2", ["w2"]), ("?status=offline", ["w0"]), ("?name=x", [])],
)
def test_the_list_is_narrowed_and_has_the_dead_last(login, query, shown):
    make_executor("w0", status="offline")
    make_executor("w1")
    make_executor("w2")
    page = login("viewer").get(LIST + query)
    assert [card.executor.name for card in page.context["cards"]] == shown


@pytest.mark.parametrize("query", ["?status=<b>", "?page=x", "?name=%00", f"?name={'x' * 201}"])
def test_what_makes_no_sense_is_refused_in_words(login, query):
    answer = login("viewer").get(LIST + query)
    assert answer.status_code == 400
    assert "<b>" not in answer.text


def test_rates_are_those_of_the_last_minute(login):
    make_executor("w1")
    for status, age in (("completed", 5), ("completed", 30), ("failed", 1), ("completed", 90)):
        make_job(status, executor="w1", age=timedelta(seconds=age))
    with connection.cursor() as cursor:
        assert queries.rates(cursor, ["w1", "w2"]) == {"w1": (3.0, 1.0)}
    assert "1</span> failed" in login("viewer").get(LIST).text


def test_the_page_shows_what_ran_lately(login):
    executor = make_executor("w1", started_at=timezone.now())
    job = make_job("failed", name="odd")
    make_execution(job, make_lease(executor), "failed", error={"code": "x", "message": "It broke."})
    make_execution(make_job("completed", name="elsewhere"), make_lease(make_executor("w2")))
    page = login("viewer").get(page_of(executor) + "?part=executions", headers=PART).text
    assert "It broke." in page
    assert "elsewhere" not in page


def test_a_worker_is_drained_and_resumed(login):
    waiting = assigned(2)
    executor = waiting.executor
    client, path = login("operator"), reverse("ui:executor_status", args=[executor.pk])
    answer = client.post(path, {"status": "draining"}, headers=PART)
    executor.refresh_from_db()
    waiting.refresh()
    assert (executor.status, executor.drained_by) == ("draining", "the-operator")
    assert waiting.lease.state == "released"
    assert {job.status for job in waiting.jobs} == {"queued"}
    assert "takes nothing new" in answer.text
    assert client.post(path, {"status": "online"})["Location"] == page_of(executor)
    executor.refresh_from_db()
    assert (executor.status, executor.drained_by) == ("online", None)


def test_a_refusal_is_shown_where_the_button_was(login):
    executor = make_executor("w1")
    path = reverse("ui:executor_status", args=[executor.pk])
    answer = login("operator").post(path, {"status": "offline"}, headers=PART)
    assert 'role="alert"' in answer.text
    assert "stopping it" in answer.text
    assert Executor.objects.get().status == ExecutorStatus.ONLINE


def test_an_http_executor_can_be_set_offline_and_back(login):
    executor = make_member()
    path = reverse("ui:executor_status", args=[executor.pk])
    for status in ("offline", "online"):
        login("operator").post(path, {"status": status}, headers=PART)
        executor.refresh_from_db()
        assert executor.status == status


@pytest.mark.parametrize("status", ["", "asleep", "<script>"])
def test_a_status_that_there_is_not_is_refused(login, status):
    path = reverse("ui:executor_status", args=[make_executor().pk])
    answer = login("operator").post(path, {"status": status})
    assert answer.status_code == 400
    assert "<script>." not in answer.text


def test_a_viewer_steers_nothing_and_a_lost_executor_is_404(login):
    executor = make_executor()
    path = reverse("ui:executor_status", args=[executor.pk])
    assert login("viewer").post(path, {"status": "draining"}).status_code == 403
    unknown = f"{LIST}/{uuid.uuid4()}"
    assert login("operator").get(unknown).status_code == 404
    assert login("operator").post(f"{unknown}/status", {"status": "draining"}).status_code == 404


def test_the_live_stream_has_the_pieces_of_the_cards(cursor):
    executor = make_executor("w1", status="draining", drained_by="ada")
    make_execution(make_job("running"), make_lease(executor, "claimed"), "running")
    key = str(executor.pk)
    data = live.read(cursor, {key, "", f"{uuid.uuid4()}"})
    assert data[""] == {}
    assert "1 of 4 in use" in data[key][f"{key}.slots"]
    assert "by ada" in data[key][f"{key}.status"]
    assert data[key][key] == {"can_resume": True, "can_drain": False, "can_close": False}


def test_leases_show_a_job_in_them(cursor):
    executor = make_executor("w1")
    batch = make_lease(executor, "claimed", size=3, done=1)
    for state in ("completed", "running", "assigned"):
        make_execution(make_job("running", name=state), batch, state)
    (found,) = queries.live_leases(cursor, [str(executor.pk)])[str(executor.pk)]
    assert (found.job_name, found.done, found.size) == ("running", 1, 3)
    Lease.objects.update(state="assigned", claimed_at=None)
    Job.objects.all().delete()
    (found,) = queries.live_leases(cursor, [str(executor.pk)])[str(executor.pk)]
    assert found.job is None
