"""The page of a job: what it shows in each state, and what people do on it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from executors.logs.models import JobLog, LogLine
from jobs import artifacts
from jobs.ids import uuid7
from jobs.models import Artifact, Job
from jobs.states import FINAL, JobState
from jobs.tokens import issue_token
from scheduling.models import Task
from tests.api.client import NOWHERE
from tests.support.html_forms import form_data
from tests.support.rows import make_execution, make_executor, make_job, make_lease
from tests.support.situations import running
from tests.support.task_rows import insert_tasks

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"
PART = {"HX-Request": "true"}


@pytest.fixture
def viewer(login):
    return login("viewer")


@pytest.fixture
def operator(login):
    return login("operator")


def make_log(job: Job, *texts: str, level: int = 20) -> None:
    JobLog.objects.create(job_id=job.id, lines=len(texts))
    execution = uuid7()
    for number, text in enumerate(texts, 1):
        LogLine.objects.create(
            job_id=job.id, number=number, execution_id=execution, place=number,
            at=timezone.now(), level=level, stream="logger", text=text,
        )  # fmt: skip


def test_who_submitted_a_job_is_a_person_or_a_program(viewer):
    issue_token("ci", "operator")
    User.objects.create_user("ada", password="one that nobody guesses")
    by_program, by_person = (make_job(submitted_by=name) for name in ("ci", "ada"))
    assert "a program, by the token of this name" in viewer.get(f"/ui/jobs/{by_program.id}").text
    assert "<dd>ada</dd>" in viewer.get(f"/ui/jobs/{by_person.id}").text


@pytest.mark.parametrize("status", JobState)
def test_a_job_in_any_state_has_a_page(viewer, status):
    end = {"completed_at": timezone.now()} if status in FINAL else {}
    job = make_job(status, age=timedelta(seconds=5), **end)
    page = viewer.get(f"/ui/jobs/{job.id}")
    assert page.status_code == 200
    assert f"badge-{status}" in page.text
    assert str(job.id) in page.text
    assert "Timeline over" in page.text


@pytest.mark.parametrize("status", JobState)
def test_buttons_are_those_that_make_sense_and_for_those_who_may(operator, viewer, status):
    job = make_job(status)
    page = operator.get(f"/ui/jobs/{job.id}")
    final = status in FINAL
    assert ('id="cancel"' in page.text) is not final
    assert ('id="retry"' in page.text) is final
    assert ('id="priority"' in page.text) is (status in {"waiting", "scheduled", "queued"})
    page = viewer.get(f"/ui/jobs/{job.id}")
    assert not {"cancel", "retry", "priority"} & form_data(page.text).keys()
    assert "Another like this" not in page.text
    for part in ('id="cancel"', 'id="retry"', 'id="set-priority"'):
        assert part not in page.text


def test_a_viewer_may_not_act(viewer):
    job = make_job("queued")
    for action in ("cancel", "retry", "priority"):
        answer = viewer.post(f"/ui/jobs/{job.id}/{action}", {"priority": "9"})
        assert answer.status_code == 403
        assert "operator" in answer.text
    job.refresh_from_db()
    assert (job.status, job.priority) == ("queued", 5)


def test_a_job_that_is_gone_says_how_long_jobs_are_kept(viewer, settings):
    keep = {"completed": timedelta(days=7), "failed": None, "cancelled": timedelta(days=1)}
    settings.CELERIAC = settings.CELERIAC | {"KEEP": keep}
    for path in (f"/ui/jobs/{NOWHERE}", f"/ui/jobs/{NOWHERE}/parts", f"/ui/jobs/{NOWHERE}/log.txt"):
        page = viewer.get(path)
        assert page.status_code == 404
        assert f"There is no job {NOWHERE}." in page.text
        kept = "completed ones for 7 days, failed ones for ever and cancelled ones for 1 day."
        assert kept in page.text


@pytest.mark.parametrize("action", ["cancel", "retry", "priority"])
def test_what_is_done_to_a_job_that_is_gone(operator, action):
    answer = operator.post(f"/ui/jobs/{NOWHERE}/{action}", {"priority": "9"}, headers=PART)
    assert answer.status_code == 404
    assert "are kept for a while" in answer.text


def test_a_job_is_cancelled_and_it_is_logged_who_did(operator, caplog):
    caplog.set_level(logging.INFO, "celeriac.actions")
    job = make_job("queued")
    answer = operator.post(f"/ui/jobs/{job.id}/cancel")
    assert answer["Location"] == f"/ui/jobs/{job.id}"
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert f"the-operator: cancel {job.id}: done" in caplog.messages
    page = operator.get(f"/ui/jobs/{job.id}")
    assert "by the-operator" in page.text


def test_an_action_that_comes_too_late_is_refused_where_the_button_was(operator):
    job = make_job("completed")
    answer = operator.post(f"/ui/jobs/{job.id}/cancel", headers=PART)
    assert 'role="alert">The job is completed already' in answer.text
    assert "<html" not in answer.text
    queued = make_job("queued")
    answer = operator.post(f"/ui/jobs/{queued.id}/retry", headers=PART)
    assert "only a finished job can be retried" in answer.text


@pytest.mark.parametrize("priority", ["", "x", "10", "-1", "5.0", "²", EVIL, "9" * 5000])
def test_a_priority_that_is_none(operator, priority):
    job = make_job("queued")
    answer = operator.post(f"/ui/jobs/{job.id}/priority", {"priority": priority}, headers=PART)
    assert 'role="alert"' in answer.text
    assert EVIL not in answer.text
    job.refresh_from_db()
    assert job.priority == 5


def test_the_priority_is_changed(operator):
    job = make_job("queued")
    answer = operator.post(f"/ui/jobs/{job.id}/priority", {"priority": "9"}, headers=PART)
    assert "The priority was changed." in answer.text
    job.refresh_from_db()
    assert job.priority == 9


def test_a_retry_leads_to_the_new_job(operator):
    job = make_job("failed")
    answer = operator.post(f"/ui/jobs/{job.id}/retry", headers=PART)
    copy = Job.objects.get(retry_of=job.id)
    assert answer["HX-Redirect"] == f"/ui/jobs/{copy.id}"
    assert str(copy.id) in operator.get(f"/ui/jobs/{job.id}").text
    assert f"/ui/jobs/{job.id}" in operator.get(f"/ui/jobs/{copy.id}").text


def test_a_form_from_elsewhere_is_refused(login):
    browser = login("operator", enforce_csrf_checks=True)
    job = make_job("queued")
    assert browser.post(f"/ui/jobs/{job.id}/cancel").status_code == 403
    job.refresh_from_db()
    assert job.status == "queued"


def test_only_the_parts_that_changed_are_sent_again(operator):
    job = make_job("queued", run_at=timezone.now())
    page = operator.get(f"/ui/jobs/{job.id}")
    seen = form_data(page.text)["seen"]
    operator.post(f"/ui/jobs/{job.id}/priority", {"priority": "9"})
    parts = operator.get(f"/ui/jobs/{job.id}/parts", {"seen": seen}, headers=PART).text
    assert 'id="part-facts"' in parts
    assert 'id="part-events"' in parts
    assert 'id="part-outcome"' not in parts
    assert 'id="part-head"' not in parts
    assert parts.count("hx-swap-oob") == parts.count('id="part-')


def test_nothing_is_sent_of_a_job_that_has_ended(viewer):
    job = make_job("completed", result={"sum": 3})
    seen = form_data(viewer.get(f"/ui/jobs/{job.id}").text)["seen"]
    parts = viewer.get(f"/ui/jobs/{job.id}/parts", {"seen": seen}, headers=PART)
    assert parts.text.strip() == ""


def test_nonsense_as_what_was_seen_brings_all_parts(viewer):
    job = make_job("completed")
    parts = viewer.get(f"/ui/jobs/{job.id}/parts", {"seen": [EVIL, "x" * 5000, ""]}, headers=PART)
    assert parts.text.count('id="part-') == 9
    assert EVIL not in parts.text


def test_the_error_is_shown_with_its_traceback(viewer):
    error = {"code": "exception", "message": f"ValueError: {EVIL}", "traceback": f"in {EVIL}\n  x"}
    page = viewer.get(f"/ui/jobs/{make_job('failed', error=error).id}")
    assert "ValueError: &lt;script&gt;" in page.text
    assert "in &lt;script&gt;" in page.text
    assert EVIL not in page.text


def test_nothing_that_people_name_becomes_html(operator):
    job = make_job(
        "failed", name=EVIL, type="add_numbers", payload={EVIL: [EVIL]}, unique_key=EVIL,
        submitted_by=EVIL, executor=EVIL, error={"code": EVIL, "message": EVIL},
        progress={"fraction": 0.5, "message": EVIL}, retry={"strategy": EVIL},
    )  # fmt: skip
    make_log(job, EVIL)
    execution = make_execution(job, make_lease(make_executor(EVIL)), "failed", error={"code": EVIL})
    Artifact.objects.create(
        name=EVIL, content_type="image/png", size=1, sha256="", file="x", job_id=job.id
    )
    page = operator.get(f"/ui/jobs/{job.id}")
    assert page.status_code == 200
    assert str(execution.id) not in page.text
    assert EVIL not in page.text
    assert "&lt;script&gt;" in page.text


def test_executions_are_bars_on_their_executors_and_rows_of_a_table(viewer):
    situation = running(executor=make_executor("the-worker"))
    page = viewer.get(f"/ui/jobs/{situation.ids[0]}")
    assert "attempt 1: running" in page.text
    assert page.text.count("the-worker") >= 3


def test_a_job_that_waits_is_explained(viewer):
    job = make_job("queued", requires={"gpu": "true"})
    page = viewer.get(f"/ui/jobs/{job.id}")
    assert "Why it waits" in page.text
    assert "dispatcher" in page.text


def test_pictures_are_shown_and_other_files_only_offered(viewer, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "source").write_bytes(b"x")
    job_id = uuid7()
    with (tmp_path / "source").open("rb") as file:
        png = artifacts.store(file, "a.png", "image/png", job_id=job_id)
        svg = artifacts.store(file, "a.svg", "image/svg+xml", job_id=job_id)
        html = artifacts.store(file, "a.html", "text/html")
    payload = {"artifact": str(html.id), "other": NOWHERE}
    make_job("completed", id=job_id, payload=payload, result=[str(png.id)])
    page = viewer.get(f"/ui/jobs/{job_id}")
    assert page.text.count('<img src="/api/v1/artifacts/') == 1
    assert f'<img src="/api/v1/artifacts/{png.id}/content"' in page.text
    for artifact in (png, svg, html):
        assert f'href="/api/v1/artifacts/{artifact.id}/content" download' in page.text


def test_the_command_submits_the_same_again(viewer):
    job = make_job(
        "completed", payload={"a": 1, "b": "it's"}, priority=7, max_attempts=3, name="add_numbers"
    )
    page = viewer.get(f"/ui/jobs/{job.id}")
    body = "{&quot;type&quot;: &quot;add_numbers&quot;, &quot;payload&quot;: {&quot;a&quot;: 1, "
    assert body in page.text
    assert "&quot;priority&quot;: 7}" in page.text
    assert "Token $TOKEN" in page.text
    assert "max_attempts" not in page.text


def test_the_log_can_be_had_as_a_file(viewer):
    job = make_job("completed")
    make_log(job, *(f"line {number} {EVIL}" for number in range(2500)))
    answer = viewer.get(f"/ui/jobs/{job.id}/log.txt")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2500
    assert lines[0].endswith(f"INFO     line 0 {EVIL}")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["Content-Disposition"].startswith("attachment")


def test_the_end_of_the_log_is_there_without_javascript(viewer):
    job = make_job("completed")
    make_log(job, *(f"line {number}." for number in range(300)))
    page = viewer.get(f"/ui/jobs/{job.id}")
    assert "line 299." in page.text
    assert "line 99." not in page.text


def test_a_job_of_a_type_that_is_no_more_has_a_page_too(operator):
    job = make_job("completed", type="was_removed")
    assert operator.get(f"/ui/jobs/{job.id}").status_code == 200
    assert operator.get(f"/ui/submit?like={job.id}", follow=True).status_code == 404


def test_a_task_its_parent_and_what_it_triggered_are_linked(viewer):
    with connection.cursor() as cursor:
        before, after = insert_tasks(cursor, 2, "0 0 1 1 *")
    Task.objects.filter(id=before).update(on_success=after)
    parent = make_job("completed", task_id=before)
    child = make_job("queued", task_id=after, parent_id=parent.id, name="the child")
    page = viewer.get(f"/ui/jobs/{parent.id}")
    assert f"/ui/tasks/{before}" in page.text
    assert f"/ui/jobs/{child.id}" in page.text
    assert "the child" in page.text
    assert f"/ui/jobs/{parent.id}" in viewer.get(f"/ui/jobs/{child.id}").text


def test_strangers_are_sent_to_the_login(client):
    job = make_job("queued")
    for path in ("", "/parts", "/log.txt"):
        assert "/ui/login" in client.get(f"/ui/jobs/{job.id}{path}")["Location"]
    assert "/ui/login" in client.post(f"/ui/jobs/{job.id}/cancel")["Location"]
    job.refresh_from_db()
    assert job.status == "queued"
