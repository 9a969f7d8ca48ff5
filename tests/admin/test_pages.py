"""Every model has a page that lists it, shows one and searches, for those who may look."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import (
    ClockedSchedule,
    CrontabSchedule,
    IntervalSchedule,
    PeriodicTask,
    SolarSchedule,
)
from django_celery_results.models import GroupResult, TaskResult
from knox.models import AuthToken
from unfold.admin import ModelAdmin

from executors.logs.models import JobLog, LogLine
from executors.models import (
    Execution,
    Executor,
    HealthCheck,
    Lease,
    LoadBalanceState,
    Member,
    Process,
    XxlJob,
    XxlRun,
)
from jobs import artifacts, events
from jobs.admin import base, paginator
from jobs.models import Artifact, Job, JobEvent
from jobs.tokens import issue_token
from scheduling.defining import calendar_editing, editing
from scheduling.models import (
    Backfill,
    Calendar,
    NextRun,
    Task,
    TaskExecutor,
    UnsentTick,
)
from tests.support.rows import (
    make_execution,
    make_executor,
    make_job,
    make_lease,
    make_member,
)

DEFINITIONS = [Task, Calendar]
TASK = {
    "name": "a daily sum", "cron_expression": "7 30 2 * * *", "type": "add_numbers",
    "payload": {"a": 1, "b": 2}, "calendar": "nights", "calendar_policy": "move",
}  # fmt: skip
WORK = [
    Job, JobEvent, Artifact, Backfill, Executor, Member, HealthCheck, XxlJob, XxlRun,
    LoadBalanceState, Lease, Execution, Process,
]  # fmt: skip
BEAT = [PeriodicTask, CrontabSchedule, IntervalSchedule, ClockedSchedule, SolarSchedule]
RESULTS = [TaskResult, GroupResult]
ACCESS = [User, Group, AuthToken]
SHOWN = [*DEFINITIONS, *WORK, *BEAT, *RESULTS, *ACCESS]

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(settings, tmp_path) -> dict[type[models.Model], Any]:
    """A row of every model."""
    settings.MEDIA_ROOT = tmp_path
    executor = make_executor()
    member = make_member()
    job, lease = make_job("running", name="Ada's job"), make_lease(executor, "claimed")
    make_job("failed", retry_of=job.id)
    execution = make_execution(job, lease, "failed", error={"code": "lost", "message": "Gone."})
    with connection.cursor() as cursor:
        events.record(cursor, events.LOST, [(str(job.id), {"delay": 1})], "ada")
    issue_token("ci", "viewer")
    calendar = calendar_editing.create({"name": "nights", "rules": [{"hours": ["22:00-06:00"]}]})
    task = Task.objects.get(pk=editing.create_task(TASK, "ada"))
    crontab = CrontabSchedule.objects.create(minute="5")
    handler = XxlJob.objects.create(id=4711, subject="reports/daily")
    return {
        Job: job,
        JobEvent: JobEvent.objects.get(),
        Artifact: artifacts.store(io.BytesIO(b"x"), "a.txt", "text/plain", job_id=str(job.id)),
        Executor: executor,
        Member: member,
        HealthCheck: HealthCheck.objects.create(executor=member.executor, healthy=True),
        LoadBalanceState: LoadBalanceState.objects.create(
            subject="type:add_numbers", strategy="sticky", state={"last": "w1"}
        ),
        XxlJob: handler,
        XxlRun: XxlRun.objects.create(id=4712, execution_id=execution.id, job=handler),
        Lease: lease,
        Execution: execution,
        Process: Process.objects.create(role="beat", host="here", pid=1),
        Task: task,
        Calendar: Calendar.objects.get(pk=calendar),
        Backfill: Backfill.objects.create(
            task=task, from_at=timezone.now(), to_at=timezone.now(), ticks=[timezone.now()]
        ),
        CrontabSchedule: crontab,
        IntervalSchedule: IntervalSchedule.objects.create(every=5, period="seconds"),
        ClockedSchedule: ClockedSchedule.objects.create(clocked_time="2030-01-01T00:00:00Z"),
        SolarSchedule: SolarSchedule.objects.create(event="sunset", latitude=50, longitude=8),
        PeriodicTask: PeriodicTask.objects.create(name="a task", task="x.y", crontab=crontab),
        TaskResult: TaskResult.objects.create(
            task_id="a-task-id", task_name="x.y", status="SUCCESS"
        ),
        GroupResult: GroupResult.objects.create(group_id="a-group-id", result="[]"),
        User: User.objects.get(username="ci"),
        Group: Group.objects.get(name="viewer"),
        AuthToken: AuthToken.objects.get(),
    }


def page(model: type[models.Model], view: str, *args: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{view}", args=args)


def listed(client, model, **parameters) -> list[str]:
    answer = client.get(page(model, "changelist"), parameters)
    assert answer.status_code == 200, (model, parameters, answer.status_code)
    return [str(row.pk) for row in answer.context["cl"].result_list]


def test_all_models_are_shown_in_the_theme():
    for model in SHOWN:
        assert isinstance(admin.site.get_model_admin(model), ModelAdmin), model
    ours = {
        m
        for app in ("jobs", "executors", "scheduling")
        for m in apps.get_app_config(app).get_models()
    }
    # Beat's own, and what is shown with jobs and tasks.
    unseen = {NextRun, UnsentTick, JobLog, LogLine, TaskExecutor}
    assert ours == {*DEFINITIONS, *WORK, *unseen}


@pytest.mark.parametrize("model", SHOWN, ids=lambda model: model.__name__)
def test_each_is_listed_and_each_row_has_a_page(login, rows, model):
    client = login("admin")
    key = str(rows[model].pk)
    assert key in listed(client, model)
    answer = client.get(page(model, "change", key))
    assert answer.status_code == 200
    assert client.get(page(model, "history", key)).status_code == 200


@pytest.mark.parametrize(
    ("model", "term"),
    [
        (Job, "Ada's"), (Job, "id"), (JobEvent, "ada"), (Artifact, "a.txt"), (Executor, "w1"),
        (Executor, "id"), (Lease, "add_numbers"), (Lease, "id"), (Execution, "id"),
        (Task, "daily"), (Task, "id"), (Calendar, "nights"), (Backfill, "daily"),
        (Backfill, "id"), (Process, "beat"), (PeriodicTask, "a task"),
        (CrontabSchedule, "5"),
        (IntervalSchedule, "5"), (SolarSchedule, "sunset"), (ClockedSchedule, "2030"),
        (TaskResult, "x.y"), (TaskResult, "a-task-id"), (GroupResult, "a-group-id"), (User, "ci"),
        (Group, "viewer"), (AuthToken, "ci"), (XxlJob, "reports/daily"), (XxlJob, "4711"),
        (XxlRun, "4712"),
    ],
)  # fmt: skip
def test_each_can_be_searched(login, rows, model, term):
    client = login("admin")
    key = str(rows[model].pk)
    assert key in listed(client, model, q=key if term == "id" else term)
    for other in ("nothing like this", "0190b0a8-0000-7000-8000-000000000000", "\0", "%"):
        if found := listed(client, model, q=other):
            assert other == "\0" or model in BEAT, (other, found)


def test_a_run_of_xxl_job_is_found_by_its_execution(login, rows):
    run = rows[XxlRun]
    assert listed(login("viewer"), XxlRun, q=str(run.execution_id)) == [str(run.pk)]


def test_a_job_of_xxl_job_is_found_by_its_task(login, rows):
    found = XxlJob.objects.create(subject=f"task:{rows[Task].id}")
    assert listed(login("viewer"), XxlJob, q=str(rows[Task].id)) == [str(found.pk)]


@pytest.mark.parametrize("model", [JobEvent, Artifact, Execution])
def test_what_belongs_to_a_job_is_found_by_its_id(login, rows, model):
    assert listed(login("viewer"), model, q=str(rows[Job].id)) == [str(rows[model].pk)]


def test_a_lease_and_its_job_lead_to_each_other(login, rows):
    client = login("viewer")
    job, lease, executor = rows[Job], rows[Lease], rows[Executor]
    links = {
        page(Job, "change", job.id): [page(Lease, "change", lease.id)],
        page(Lease, "change", lease.id): [page(Job, "change", job.id)],
        page(Execution, "change", rows[Execution].id): [
            page(Job, "change", job.id), page(Lease, "change", lease.id),
        ],
        page(Executor, "change", executor.id): [page(Lease, "change", lease.id)],
    }  # fmt: skip
    for path, targets in links.items():
        text = client.get(path).content.decode()
        for target in [*targets, page(Executor, "change", executor.id)][: len(targets) + 1]:
            assert f'href="{target}"' in text or target == path, (path, target)


@pytest.mark.parametrize("status", ["waiting", "running", "failed", "completed", "cancelled"])
def test_jobs_are_filtered_by_state(login, status):
    for other in ("queued", "running", "failed", "completed", "cancelled", "waiting"):
        make_job(other)
    found = listed(login("viewer"), Job, status=status)
    assert [Job.objects.get(id=id_).status for id_ in found] == [status]


def test_jobs_are_filtered_by_type_and_priority(login):
    wanted = make_job(type="reverse_string", priority=9)
    make_job(type="reverse_string", priority=1)
    make_job(priority=9)
    client = login("viewer")
    assert listed(client, Job, type="reverse_string", priority="9") == [str(wanted.id)]
    assert len(listed(client, Job, priority="x")) == 3


def test_executions_and_leases_are_filtered_by_state_and_executor(login, rows):
    client = login("viewer")
    for model in (Execution, Lease):
        row = rows[model]
        assert listed(client, model, state=row.state, executor=str(row.executor_id)) == [
            str(row.id)
        ]
        assert listed(client, model, state="released") == []


def test_what_happened_to_a_job_is_read_on_its_page(login, settings, tmp_path):
    failed = make_job(
        "failed",
        payload={"text": "<script>alert(1)</script>"},
        error={"code": "bad", "message": "No.", "traceback": "line 1\nline 2"},
    )
    text = login("viewer").get(page(Job, "change", failed.id)).content.decode()
    assert "line 1\nline 2" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text


def test_chunks_are_shown_on_the_page_of_their_job(login, rows):
    job = make_job("running", chunks=2, chunk_count=2, requires={"gpu": "true", "zone": "a"})
    done = make_execution(job, rows[Lease], kind="chunk", chunk=0, result={"sum": "<b>3</b>"})
    queued = Execution.objects.create(
        job=job, kind="chunk", chunk=1, state="queued", attempt=1, available_at=timezone.now()
    )
    client = login("viewer")
    text = client.get(page(Job, "change", job.id)).content.decode()
    for shown in ("chunk 0", "chunk 1", "queued", "spread", "single", "gpu=true,zone=a"):
        assert shown in text
    for execution in (done, queued):
        assert client.get(page(Execution, "change", execution.id)).status_code == 200
    text = client.get(page(Execution, "change", done.id)).content.decode()
    assert "&lt;b&gt;3" in text
    assert listed(client, Execution, kind="chunk") == [str(queued.id), str(done.id)]
    assert listed(client, Execution, kind="whole") == [str(rows[Execution].id)]


# --- Long tables ------------------------------------------------------------------------------
def test_text_is_searched_among_the_latest_rows_alone(login, monkeypatch):
    monkeypatch.setattr(base, "RECENT", 3)
    jobs = [make_job(name=f"number {number}") for number in range(5)]
    client = login("viewer")
    assert listed(client, Job, q="number") == [str(job.id) for job in reversed(jobs[2:])]
    assert listed(client, Job, q=str(jobs[0].id)) == [str(jobs[0].id)]
    assert len(listed(client, Job)) == 5


def test_many_rows_are_estimated_and_few_are_counted(monkeypatch):
    for _ in range(30):
        make_job()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE jobs_job")
    Job.objects.first().delete()

    assert paginator.EstimatingPaginator(Job.objects.order_by("-id"), 10).count == 29
    monkeypatch.setattr(paginator, "EXACT", 20)
    assert paginator.EstimatingPaginator(Job.objects.order_by("-id"), 10).count == 30


def test_a_list_is_never_counted_whole_nor_made_distinct(login, django_assert_max_num_queries):
    client = login("viewer")
    for _ in range(3):
        make_job()
    with django_assert_max_num_queries(25) as queries:
        listed(client, Job)
    for query in queries.captured_queries:
        assert "DISTINCT" not in query["sql"]
        if query["sql"].startswith("SELECT") and "payload" in query["sql"]:
            assert '"jobs_job"."payload"' not in query["sql"]


def test_what_takes_too_long_leads_back_to_the_bare_list(login, monkeypatch):
    monkeypatch.setitem(settings.CELERIAC, "LIST_SECONDS", 1.0)
    slow = lambda queryset: queryset.extra(where=["pg_sleep(60) IS NOT NULL"])  # noqa: E731
    monkeypatch.setattr(base, "recent", slow)
    make_job()
    answer = login("viewer").get(page(Job, "changelist"), {"q": "anything"}, follow=True)
    assert answer.redirect_chain == [(page(Job, "changelist"), 302)]
    assert "took too long" in answer.content.decode()
