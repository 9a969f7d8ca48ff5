"""Which executor a request is about, and whether its token speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission

from executors.errors import ExecutorNotFound
from executors.models import Executor
from jobs.ids import is_uuid
from jobs.job_types.external import EXTERNAL
from jobs.jsontext import storable
from jobs.permissions import Role, roles_of, speaks_for

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

OTHER_GROUP = "This token is not for the executors of {}: ask an administrator for one that is."


OTHER_TYPES = (
    "types: no executor of {} runs {} yet: have an administrator register one with it by a token "
    "of their own first."
)


class OperatorOrExecutor(BasePermission):
    """Operators, and tokens of executors, whose group the view looks at then."""

    message = "This takes the role operator, or executor: ask an administrator for such a token."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Whether the user has one of the two roles."""
        return bool({Role.OPERATOR, Role.EXECUTOR} & roles_of(request.user))


def check_types(group: str, types: Sequence[str]) -> None:
    """Raises `PermissionDenied` where a group names job types that nobody has given it yet.

    Only an admin's token gives a group a type: any job of that type may come to it from then on.
    """
    members = Executor.objects.filter(member__group=group)
    given = {one for its_types in members.values_list("types", flat=True) for one in its_types}
    if new := sorted(set(types) - given - {EXTERNAL}):
        raise PermissionDenied(OTHER_TYPES.format(group, ", ".join(new)))


def called(name: str) -> Q:
    """The executor of this name or id; a name that Postgres can't store is nobody's."""
    if is_uuid(name):
        return Q(name=name) | Q(id=UUID(name))
    return Q(name=storable(name))


def find(name: str) -> Executor:
    """An executor by its name or id, with what it has over HTTP; raises `ExecutorNotFound`."""
    found = Executor.objects.select_related("member").filter(called(name)).first()
    if found is None:
        raise ExecutorNotFound(name=name)
    return found


def group_of(executor: Executor) -> str | None:
    """The group of an HTTP executor; None of a Celery worker."""
    member = getattr(executor, "member", None)
    return member.group if member else None


def is_its_own(request: Request, executor: Executor) -> bool:
    """Whether a token of executors, as opposed to a person's, is for this one."""
    group = group_of(executor)
    is_person = Role.OPERATOR in roles_of(request.user)
    return group is not None and not is_person and speaks_for(request.user, group)
