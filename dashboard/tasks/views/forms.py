"""The pages on which a task is made, changed and removed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from dashboard.pages.access import PageView
from dashboard.pages.acting import act
from dashboard.tasks import fields, form
from dashboard.tasks.fields import Field
from jobs import types
from jobs.invalid import FieldError, InvalidRequest
from jobs.permissions import Role
from scheduling.api import queries
from scheduling.defining import editing, lookup
from scheduling.defining.chains import that_trigger
from scheduling.defining.reading import read_task
from scheduling.errors import TaskNotFound
from scheduling.models import Calendar, Task

CALENDARS_SHOWN = 500
LINKS_SHOWN = 50
CHANGED_MEANWHILE = (
    "Somebody changed this task since you opened the form. Below is what you wrote; saving it "
    "again puts it in the place of what they wrote."
)


class TaskForm(PageView):
    """What the pages that make and change a task have in common."""

    template_name = "ui/tasks/form.html"
    read_role = Role.OPERATOR

    def show_form(
        self,
        texts: dict[str, str],
        errors: list[FieldError] | None = None,
        status: int = 200,
        **context: Any,
    ) -> HttpResponse:
        """The form with texts in it, and what is wrong with them beside the fields."""
        bound, others = form.bind(known_fields(texts.get("type", "")), texts, errors or [])
        return self.show(
            {"groups": bound, "others": others, "wrong": len(errors or []), **context}, status
        )

    def save(self, save: Callable[[dict[str, Any], str], str], **context: Any) -> HttpResponse:
        """Saves what was posted and goes to the task; or shows the form with what is wrong."""
        texts = {name: self.request.POST.get(name, "") for name in known_fields()}
        body, unreadable = form.as_body(known_fields().values(), texts)

        def work(actor: str) -> str:
            if unreadable:
                raise InvalidRequest([*unreadable, *_other_errors(body, unreadable)])
            return save(body, actor)

        outcome = act(self.request, "save", f"task {texts['name']!r}", work)
        if outcome.value:
            messages.success(self.request, f"{texts['name']} is saved.")
            return HttpResponseRedirect(reverse("ui:task", args=[outcome.value]))
        if not isinstance(outcome.error, InvalidRequest):
            assert outcome.error is not None
            raise outcome.error
        found = outcome.error.errors
        status = 409 if {error.code for error in found} == {"name_taken"} else 400
        return self.show_form(texts, found, status, **context)


class NewTask(TaskForm):
    """Makes a task."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """An empty form, or with `?like=ID` one that says what another task does."""
        like = request.GET.get("like")
        body = editing.as_request(_task(like)) | {"name": ""} if like else {}
        return self.show_form(form.as_texts(known_fields().values(), body))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Makes it as the API does."""
        del request
        return self.save(editing.create_task)


class EditTask(TaskForm):
    """Changes a task."""

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """What the task says now."""
        del request
        task = _task(str(task_id))
        texts = _texts(task)
        return self.show_form(texts, task=task, seen=form.fingerprint(texts))

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Changes what was written anew, unless somebody else changed the task meanwhile."""
        task = _task(str(task_id))
        present = _texts(task)
        context: dict[str, Any] = {"task": task, "seen": form.fingerprint(present)}
        if request.POST.get("seen") != context["seen"]:
            posted = {name: request.POST.get(name, "") for name in present}
            return self.show_form(posted, status=409, conflict=CHANGED_MEANWHILE, **context)

        def save(body: dict[str, Any], actor: str) -> str:
            del actor
            touched = {name for name in body if _differs(name, request, present)}
            editing.change_task(str(task_id), {name: body[name] for name in touched})
            return str(task_id)

        return self.save(save, **context)


class DeleteTask(PageView):
    """Asks once more, then removes a task."""

    template_name = "ui/tasks/delete.html"
    read_role = Role.OPERATOR

    def get(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """What will go, and what will stay."""
        del request
        task = queries.task(str(task_id))
        return self.show({"task": task, "triggered_by": that_trigger(task["id"], LINKS_SHOWN)})

    def post(self, request: HttpRequest, task_id: UUID) -> HttpResponse:
        """Removes it; its jobs stay."""
        name = queries.task(str(task_id))["name"]
        key = str(task_id)
        outcome = act(request, "delete", f"task {key}", lambda _: editing.delete_task(key))
        if outcome.error:
            raise outcome.error
        messages.success(request, f"{name} is removed; its jobs stay.")
        return HttpResponseRedirect(reverse("ui:tasks"))


def known_fields(present_type: str = "") -> dict[str, Field]:
    """The fields of the form; a type that is not registered any more can be kept."""
    names = {kind.name for kind in types.all_types()} | ({present_type} if present_type else set())
    calendars = Calendar.objects.values_list("name", flat=True)[:CALENDARS_SHOWN]
    return fields.fields({"type": tuple(sorted(names)), "calendar": tuple(calendars)})


def _other_errors(body: dict[str, Any], unreadable: list[FieldError]) -> list[FieldError]:
    """What is wrong with the fields that could be read, to be told in the same answer."""
    told = {error.field for error in unreadable}
    try:
        read_task(body, lookup.context_for_task())
    except InvalidRequest as invalid:
        return [error for error in invalid.errors if form.name_of(error) not in told]
    return []


def _differs(name: str, request: HttpRequest, present: dict[str, str]) -> bool:
    return request.POST.get(name, "").replace("\r\n", "\n") != present[name]


def _texts(task: Task) -> dict[str, str]:
    body = editing.as_request(task)
    # People know calendars and tasks by their names.
    body["calendar"] = task.calendar and task.calendar.name
    body["on_success"] = task.on_success and task.on_success.name
    body["on_failure"] = task.on_failure and task.on_failure.name
    return form.as_texts(known_fields().values(), body)


def _task(task_id: str) -> Task:
    """Raises `TaskNotFound`."""
    related = (
        "periodic_task__crontab", "periodic_task__interval", "calendar",
        "on_success__periodic_task", "on_failure__periodic_task",
    )  # fmt: skip
    try:
        task = Task.objects.select_related(*related).filter(pk=UUID(task_id)).first()
    except ValueError:
        task = None
    if task is None:
        raise TaskNotFound(id=task_id)
    return task
