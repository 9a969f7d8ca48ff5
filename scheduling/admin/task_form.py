"""The form of a task."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from jobs import types
from scheduling.admin.requests import RequestForm
from scheduling.defining import editing, lookup
from scheduling.defining.reading import read_task
from scheduling.defining.requests import TaskRequest
from scheduling.models import Task

NOT_NULL = {"description": "", "requires": {}}
"""What a field has that was left empty; others are null then."""


class TaskForm(RequestForm):
    """A task, with the fields that its periodic task keeps."""

    request_fields = TaskRequest.model_fields

    name = forms.CharField(max_length=200, widget=UnfoldAdminTextInputWidget)
    description = forms.CharField(
        required=False, max_length=2000, widget=UnfoldAdminTextareaWidget({"rows": 2})
    )
    enabled = forms.BooleanField(required=False, initial=True, widget=UnfoldBooleanSwitchWidget)
    cron_expression = forms.CharField(
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget,
        help_text="Five fields, or six with seconds first; @daily and so on; @every 90s; "
        "@after 90s. Empty: it is only triggered.",
    )
    timezone = forms.CharField(
        max_length=64, initial=settings.TIME_ZONE, widget=UnfoldAdminTextInputWidget
    )
    type = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    retry = forms.JSONField(
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 2}),
        help_text='Such as {"strategy": "fixed", "delay": 10}. Empty: as usual.',
    )

    class Meta:
        model = Task
        fields = [
            "type", "payload", "priority", "thread_demand", "chunks", "placement", "on_shortage",
            "requires", "max_attempts", "timeout", "start_at", "end_at", "calendar",
            "calendar_policy", "misfire_policy", "misfire_grace", "misfire_limit",
            "execution_mode", "max_pending", "load_balance_strategy", "on_success", "on_failure",
            "pause_after_failures", "executor_group", "handler",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [job_type.name for job_type in types.all_types()]
        if self._is_stored:
            present = editing.as_request(self.instance)
            for name in ("name", "description", "enabled", "cron_expression", "timezone", "retry"):
                self.initial[name] = present[name]
            known = sorted({*known, self.instance.type})
        if "payload" in self.fields:
            self.fields["payload"].required = False
        if "type" in self.fields:
            self.fields["type"].choices = [(name, name) for name in known]  # type: ignore[attr-defined]

    @property
    def _is_stored(self) -> bool:
        return bool(self.instance.periodic_task_id)

    def check_request(self, body: dict[str, Any]) -> None:
        """Keeps the request and the plan, with which `editing.write_task` saves it."""
        for name, empty in NOT_NULL.items():
            if body[name] is None:
                body[name] = empty
        context = lookup.context_for_task(self.instance if self._is_stored else None)
        self.payload_is_new = bool({"type", "payload"} & set(self.changed_data))
        self.request, self.plan = read_task(body, context, payload_is_new=self.payload_is_new)
