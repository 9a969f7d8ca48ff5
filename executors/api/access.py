"""Which executor a request is about, and whether its token speaks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from rest_framework.permissions import BasePermission

from executors.errors import ExecutorNotFound
from executors.models import Executor
from jobs.permissions import Role, roles_of, speaks_for

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

OTHER_GROUP = "This token is not for the executors of {}: ask an administrator for one that is."


class OperatorOrExecutor(BasePermission):
    """Operators, and tokens of executors, whose group the view looks at then."""

    message = "This takes the role operator, or executor: ask an administrator for such a token."

    def has_permission(self, request: Request, view: APIView) -> bool:  # noqa: ARG002
        """Whether the user has one of the two roles."""
        return bool({Role.OPERATOR, Role.EXECUTOR} & roles_of(request.user))


def called(name: str) -> Q:
    """The executor of this name or id."""
    try:
        return Q(name=name) | Q(id=UUID(name))
    except ValueError:
        return Q(name=name)


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
