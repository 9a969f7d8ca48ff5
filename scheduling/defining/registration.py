"""An HTTP executor registers, with the tasks that it can do: all of it, or nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from django.conf import settings
from django.db import connection, transaction
from pydantic import ConfigDict, Field

from executors.errors import GroupFull, MemberNameTaken
from executors.members import requests
from executors.members.reading import read_member
from executors.members.registering import NewMember, Registered, register
from executors.members.requests import MemberRequest
from jobs.invalid import ErrorList, refuse
from jobs.reading import validate
from jobs.sql import retry_on_deadlock
from jobs.wake import wake_dispatcher
from scheduling.defining import offers
from scheduling.defining.offers import Known, Offer


class RegisterRequest(MemberRequest):
    """An HTTP executor, and the tasks that it can do."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                **requests.EXAMPLE,
                "tasks": [{"task_name": "test_task", "cron_expression": "*/10 * * * * *"}],
            }
        }
    )

    tasks: Annotated[
        list[Offer],
        Field(
            max_length=settings.CELERIAC["REGISTER_TASKS_MAX"],
            description="Made if there are none of these names, and linked to the executor; one "
            "that is there already is not changed, and linked if it is not for other executors.",
        ),
    ] = []


@dataclass(frozen=True, slots=True)
class Checked:
    """A registration with nothing wrong in it."""

    member: NewMember
    tasks: list[Known]


def read_registration(value: object) -> Checked:
    """The registration in a parsed body; raises `InvalidRequest` with all that is wrong.

    Asks name servers: call it outside a transaction.
    """
    errors = ErrorList()
    request = validate(RegisterRequest, value, (), errors)
    errors.check()
    assert request is not None
    member = read_member(request, errors)
    tasks = offers.check(request.tasks, errors)
    errors.check()
    return Checked(member, tasks)


def enter(checked: Checked, actor: str, *, by_admin: bool) -> tuple[Registered, list[str]]:
    """Stores it; warnings tell what of its tasks was left as it was. Raises `InvalidRequest`.

    Whom an admin registers is linked to tasks of other executors, too.
    """

    def store() -> tuple[Registered, list[str]]:
        transaction.on_commit(wake_dispatcher, robust=True)
        with connection.cursor() as cursor:
            known = register(cursor, checked.member, actor)
            tasks, group = checked.tasks, checked.member.group
            return known, offers.take(cursor, tasks, known.id, group, actor, by_admin=by_admin)

    try:
        return retry_on_deadlock(store)
    except (MemberNameTaken, GroupFull) as error:
        refuse(["instance_id"], error.code, str(error))
