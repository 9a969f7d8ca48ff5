"""The executors of a task on its page: a list replaces them all, when that was confirmed."""

from __future__ import annotations

import pytest

from scheduling.models import Task, TaskExecutor
from tests.support.rows import make_executor
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db
PART = {"HX-Request": "true"}


@pytest.fixture
def task() -> Task:
    """An external task that is linked to w1, with a weight, and to w2."""
    task = make_task("report", None, type="external", handler="report")
    for name, weight in (("w1", 3), ("w2", None)):
        TaskExecutor.objects.create(task=task, executor=make_executor(name), weight=weight)
    make_executor("w3")
    return task


def linked(task: Task) -> dict[str, tuple[int, int | None]]:
    rows = TaskExecutor.objects.filter(task=task)
    return {
        name: (priority, weight)
        for name, priority, weight in rows.values_list("executor__name", "priority", "weight")
    }


def send(client, task, lines, **more):
    given = {"executors": lines} | more
    return client.post(f"/ui/tasks/{task.pk}/links", given, headers=PART)


def test_a_task_shows_its_executors_and_the_form_says_that_it_replaces_them(login, task):
    page = login("operator").get(f"/ui/tasks/{task.pk}").text
    assert "This list replaces all links" in page
    assert "\nw1 0 3\nw2 0</textarea>" in page
    assert "<textarea" not in login("viewer").get(f"/ui/tasks/{task.pk}").text


def test_what_would_change_is_said_and_nothing_is_done(login, task):
    before = linked(task)
    shown = send(login("operator"), task, "w1 7 3\nw3\n").text
    assert "No longer linked: <strong>w2</strong>" in shown
    assert "Newly linked: w3" in shown
    assert "Another priority or weight: w1" in shown
    assert linked(task) == before


def test_who_is_sure_replaces_them(login, task):
    lines = "w1 7 3\r\nw3"
    done = send(login("operator"), task, lines, sure="true", compared="w1 7 3\nw3")
    assert linked(task) == {"w1": (7, 3), "w3": (0, None)}
    assert "linked to these executors now" in done.text
    assert "No longer linked" not in done.text


def test_who_wrote_something_else_since_is_asked_again(login, task):
    before = linked(task)
    shown = send(login("operator"), task, "w3", sure="true", compared="w1\nw2")
    assert "No longer linked: <strong>w1, w2</strong>" in shown.text
    assert linked(task) == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("w1 high", "line 1: Give a name and"),
        ("w1\nw2 1 2 3", "line 2: Give a name and"),
        ("<b>gone", "There is no executor"),
        ("w1\nw1", "is named twice"),
        ("w1 0 0", "executors[0].weight"),
    ],
)
def test_what_cannot_be_read_is_said_where_it_was_written(login, task, lines, said):
    before = linked(task)
    refused = send(login("operator"), task, lines, sure="true", compared=lines)
    assert said in refused.text
    assert "<b>" not in refused.text
    assert lines.replace("<b>", "&lt;b&gt;") in refused.text
    assert linked(task) == before


def test_a_viewer_may_not(login, task):
    assert send(login("viewer"), task, "", sure="true", compared="").status_code == 403
    assert linked(task)


def test_a_task_of_a_type_that_runs_anywhere_does_not_speak_of_links(login):
    page = login("operator").get(f"/ui/tasks/{make_task('report', None).pk}").text
    assert "linked to" not in page
