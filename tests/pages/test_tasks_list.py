"""The list of tasks: what it shows, how it is narrowed, and what can be done in it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from jobs.models import Job
from scheduling.models import Task
from tests.support.rows import make_job
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db
LIST = "/ui/tasks"
PART = {"HX-Request": "true"}


def steer(verb: str, task: Task) -> str:
    return reverse(f"ui:task_{verb}", args=[task.pk])


def test_without_tasks_it_says_what_to_do(login):
    page = login("operator").get(LIST)
    assert "There are no tasks yet" in page.text
    assert reverse("ui:task_new") in page.text
    assert reverse("ui:task_new") not in login("viewer").get(LIST).text


def test_a_row_says_when_in_words_and_how_the_latest_jobs_ended(login):
    task = make_task("report", "30 2 * * *", timezone="Europe/Berlin")
    for status in ["failed", "completed", "completed"]:
        make_job(status, task_id=task.pk)
    make_job("cancelled", task_id=task.pk, error={"code": "skipped", "message": "It was."})
    page = login("viewer").get(LIST).text
    assert "At 02:30 every day" in page
    assert "Of the last 4: 2 completed, 1 skipped, 1 failed; the newest skipped." in page
    order = [page.index(f'"dot dot-{kind}"') for kind in ("failed", "completed", "skipped")]
    assert order == sorted(order)


def test_only_the_last_ten_jobs_are_dots(login):
    task = make_task()
    for _ in range(12):
        make_job("completed", task_id=task.pk)
    row = login("viewer").get(LIST).text.partition('id="task-')[2].partition("</tr>")[0]
    assert row.count("dot dot-completed") == 10


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["alpha", "beta", "gamma"]),
        ("?name=ET", ["beta"]),
        ("?type=add_numbers", ["gamma"]),
        ("?enabled=false", ["beta"]),
        ("?execution_mode=skip", ["gamma"]),
        ("?has_problem=true", ["alpha"]),
        ("?ordering=-created_at", ["gamma", "beta", "alpha"]),
        ("?name=nothing", []),
    ],
)
def test_the_query_string_is_that_of_the_api(login, query, shown):
    make_task("alpha", problem={"code": "x", "message": "y"})
    make_task("beta", enabled=False)
    make_task("gamma", type="add_numbers", execution_mode="skip")
    page = login("viewer").get(LIST + query)
    assert page.status_code == 200
    names = [task["name"] for task in page.context["page"].tasks]
    assert names == shown
    if not shown:
        assert "No task is like that" in page.text


def test_pages_follow_each_other(login):
    for name in "abc":
        make_task(name)
    client = login("viewer")
    first = client.get(f"{LIST}?page_size=2")
    second = client.get(first.context["page"].next_url)
    assert [task["name"] for task in second.context["page"].tasks] == ["c"]
    back = client.get(second.context["page"].previous_url)
    assert [task["name"] for task in back.context["page"].tasks] == ["a", "b"]


@pytest.mark.parametrize(
    "query", ["?cursor=nonsense", "?enabled=maybe", "?ordering=payload", "?page_size=0", "?x=<b>y"]
)
def test_what_makes_no_sense_is_refused_in_words(login, query):
    answer = login("viewer").get(LIST + query)
    assert answer.status_code == 400
    assert "<b>y" not in answer.text
    assert 'role="alert"' in answer.text


def test_texts_are_escaped(login):
    task = make_task("<script>alert(1)</script>", problem={"code": "x", "message": '"><b>bad'})
    page = login("operator").get(LIST).text + login("operator").get(f"{LIST}/{task.pk}").text
    assert "<script>alert" not in page
    assert "<b>bad" not in page


def test_a_task_is_run_where_its_row_is(login):
    task = make_task("report", None)
    answer = login("operator").post(steer("trigger", task), headers=PART)
    job = Job.objects.get()
    assert (job.task_id, job.submitted_by) == (task.pk, "the-operator")
    assert f'href="/ui/jobs/{job.pk}"' in answer.text
    assert answer.text.lstrip().startswith("<tr")


def test_a_dropped_job_is_told_as_such(login):
    task = make_task("report", None, execution_mode="skip")
    make_job("running", task_id=task.pk)
    answer = login("operator").post(steer("trigger", task), headers=PART)
    assert "was dropped" in answer.text


def test_what_can_not_be_run_says_why_in_its_row(login):
    task = make_task("report", None, type="unheard_of")
    answer = login("operator").post(steer("trigger", task), headers=PART)
    assert 'role="alert"' in answer.text
    assert "unheard_of" in answer.text
    assert not Job.objects.exists()


def test_pausing_and_resuming(login):
    task = make_task()
    client = login("operator")
    for verb, enabled in (("pause", False), ("resume", True)):
        answer = client.post(steer(verb, task), headers=PART)
        assert answer.status_code == 200
        assert Task.objects.get().enabled is enabled
    # Without JavaScript it leads to the task.
    assert client.post(steer("pause", task))["Location"] == f"{LIST}/{task.pk}"


@pytest.mark.parametrize("verb", ["trigger", "pause", "resume"])
def test_a_viewer_steers_nothing_and_a_lost_task_is_404(login, verb):
    task = make_task()
    assert login("viewer").post(steer(verb, task)).status_code == 403
    path = steer(verb, task)
    task.periodic_task.delete()
    assert login("operator").post(path).status_code == 404
