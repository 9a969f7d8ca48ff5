"""What people may send about tasks and calendars: fields, their types and their limits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from pydantic import AfterValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from executors.protocols.xxl_job import glue
from jobs import labels
from jobs.requests import DAY, GivenMoment, Moment, Priority, Strict, Text, WorkRequest
from scheduling.calendars import RuleSpec
from scheduling.choices import (
    CalendarMode,
    CalendarPolicy,
    ExecutionMode,
    MisfirePolicy,
)
from scheduling.cron.parsing import LONGEST
from scheduling.misfire import AT_ONCE

EXAMPLE: JsonDict = {
    "name": "every ten seconds",
    "cron_expression": "*/10 * * * * *",
    "type": "add_numbers",
    "payload": {"a": 19, "b": 23},
}
PREVIEW_EXAMPLE: JsonDict = {"cron_expression": "30 2 * * 1-5", "timezone": "Europe/Berlin"}
BACKFILL_EXAMPLE: JsonDict = {
    "from": "2030-01-01T00:00:00Z",
    "to": "2030-01-08T00:00:00Z",
    "dry_run": True,
}
CALENDAR_EXAMPLE: JsonDict = {
    "name": "business hours",
    "mode": "allow",
    "timezone": "Europe/Berlin",
    "rules": [
        {
            "weekdays": ["mon", "tue", "wed", "thu", "fri"],
            "hours": ["09:00-17:30"],
            "but": ["12-25", "12-26", "01-01"],
        }
    ],
}
COUNT_MAX = 1000
"""Times that a preview shows at most."""
NAMED_MAX = 3000
"""Dates and hours that the rules of a calendar name at most."""
LAST_YEAR = 9000


def _no_script(handler: str | None) -> str | None:
    """Refuses what would stand for a script, which nobody can send along."""
    if handler and (reason := glue.refusal(handler)):
        raise PydanticCustomError(glue.GLUE_REFUSED, "{reason}", {"reason": reason})
    return handler


def _group(name: str | None) -> str | None:
    if name is None or labels.is_group(name):
        return name
    raise PydanticCustomError("group_name", labels.GROUP_RULE)


def _in_this_age(moment: datetime | None) -> datetime | None:
    """Refuses times so near to the end of the calendar that some zones are past it."""
    if moment and moment.year > LAST_YEAR:
        message = "Input should be a time before the end of the year {year}"
        raise PydanticCustomError("too_late", message, {"year": LAST_YEAR})
    return moment


def _few_enough(rules: list[RuleSpec]) -> list[RuleSpec]:
    """Refuses so many days and hours that looking through them would hold everybody up."""
    if sum(len(rule.dates) + len(rule.but) + len(rule.hours) for rule in rules) > NAMED_MAX:
        message = "All rules together may name {most} days and hours"
        raise PydanticCustomError("too_many", message, {"most": NAMED_MAX})
    return rules


Description = Annotated[str, Field(max_length=2000, pattern="^[^\x00]*$")]
Timezone = Annotated[
    str, Field(max_length=64, description="A name of the IANA database, such as Europe/Berlin.")
]


class ScheduleRequest(Strict):
    """When something fires."""

    cron_expression: Annotated[
        str | None,
        Field(
            max_length=LONGEST,
            description="Five fields, or six with seconds first; @hourly, @daily and so on; "
            "@every 90s, a fixed rate; @after 90s, a fixed delay after the last job's end. "
            "Null: it is only triggered.",
        ),
    ] = None
    timezone: Timezone = settings.TIME_ZONE
    start_at: Annotated[
        Moment, AfterValidator(_in_this_age), Field(description="No tick before.")
    ] = None
    end_at: Annotated[Moment, Field(description="No tick from then on.")] = None
    calendar: Annotated[
        Text | None, Field(description="The name or id of a calendar that excludes times.")
    ] = None
    calendar_policy: Annotated[
        CalendarPolicy,
        Field(
            strict=False,
            description="Whether a tick inside an exclusion is skipped or moved to its end.",
        ),
    ] = CalendarPolicy.SKIP


def _may_be_external(schema: JsonDict) -> None:
    """Tells OpenAPI that a task without a type is external, and needs no payload then."""
    schema["example"], schema["required"] = EXAMPLE, ["name"]


class TaskRequest(ScheduleRequest, WorkRequest):
    """A task: what makes jobs again and again."""

    model_config = ConfigDict(json_schema_extra=_may_be_external)

    name: Annotated[Text, Field(description="Unique.")]
    description: Description = ""
    enabled: Annotated[bool, Field(description="Whether it has ticks.")] = True
    execution_mode: Annotated[
        ExecutionMode,
        Field(
            strict=False,
            description="What becomes of a tick while an earlier job of the task is unfinished: "
            "it starts too (`parallel`), is dropped (`skip`), waits in line (`sequential`) or "
            "takes its place (`replace`).",
        ),
    ] = ExecutionMode.PARALLEL
    max_pending: Annotated[
        int,
        Field(ge=1, le=10_000, description="Jobs that wait in line at most in sequential mode."),
    ] = 100
    misfire_policy: Annotated[
        MisfirePolicy,
        Field(
            strict=False,
            description="What becomes of late ticks, after a time without beat: none is fired "
            "(`skip`), the last one (`fire_once`), or the last `misfire_limit` (`fire_all`).",
        ),
    ] = MisfirePolicy.FIRE_ONCE
    misfire_grace: Annotated[
        float | None,
        Field(
            ge=0,
            le=30 * DAY,
            description="Seconds after which a tick is late; null: MISFIRE_GRACE.",
        ),
    ] = None
    misfire_limit: Annotated[
        int, Field(ge=1, le=AT_ONCE, description="Late ticks that `fire_all` fires.")
    ] = settings.CELERIAC["MISFIRE_LIMIT"]
    on_success: Annotated[
        Text | None,
        Field(description="The name or id of a task that is triggered when a job completes."),
    ] = None
    on_failure: Annotated[
        Text | None,
        Field(description="The name or id of a task that is triggered when a job fails."),
    ] = None
    pause_after_failures: Annotated[
        int | None,
        Field(ge=1, le=10_000, description="Failed jobs in a row after which it pauses itself."),
    ] = None
    executor_group: Annotated[
        Text | None,
        AfterValidator(_group),
        Field(description="The group of HTTP executors that alone may run it."),
    ] = None
    handler: Annotated[
        Text | None,
        AfterValidator(_no_script),
        Field(description="What an HTTP executor calls the work."),
    ] = None


class TriggerRequest(Strict):
    """What one job is to have instead of what its task says. All of it may be left out."""

    model_config = ConfigDict(json_schema_extra={"example": {"priority": 9}})

    payload: Annotated[Any, Field(description="Instead of the task's payload.")] = None
    priority: Annotated[Priority | None, Field(description="Higher goes first.")] = None
    executor: Annotated[
        Text | None, Field(description="The name of the executor that is to run it.")
    ] = None


class PreviewRequest(ScheduleRequest):
    """A schedule that is not saved yet."""

    model_config = ConfigDict(json_schema_extra={"example": PREVIEW_EXAMPLE})

    cron_expression: Annotated[str, Field(max_length=LONGEST)]
    count: Annotated[int, Field(ge=1, le=COUNT_MAX)] = 10


class BackfillRequest(Strict):
    """A span of the past whose ticks are to be made into jobs."""

    model_config = ConfigDict(json_schema_extra={"example": BACKFILL_EXAMPLE})

    from_: Annotated[GivenMoment, Field(alias="from", description="The first tick may be then.")]
    to: Annotated[GivenMoment, Field(description="All ticks are before then.")]
    dry_run: Annotated[bool, Field(description="Only say what it would do.")] = False
    concurrency: Annotated[
        int,
        Field(
            ge=1,
            le=settings.CELERIAC["BACKFILL_CONCURRENCY_MAX"],
            description="Jobs of it that are unfinished at once; one, unless the task's "
            "execution mode is `parallel`.",
        ),
    ] = 1
    priority: Annotated[Priority | None, Field(description="Instead of the task's.")] = None


class CalendarRequest(Strict):
    """A calendar: times at which tasks don't run."""

    model_config = ConfigDict(json_schema_extra={"example": CALENDAR_EXAMPLE})

    name: Annotated[Text, Field(description="Unique.")]
    description: Description = ""
    timezone: Timezone = settings.TIME_ZONE
    mode: Annotated[
        CalendarMode,
        Field(
            strict=False,
            description="Whether the rules name times that are excluded, or the only allowed ones.",
        ),
    ] = CalendarMode.EXCLUDE
    rules: Annotated[
        list[RuleSpec], Field(min_length=1, max_length=200), AfterValidator(_few_enough)
    ]
