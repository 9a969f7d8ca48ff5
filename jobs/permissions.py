"""Who may do what: roles are Django groups, and each grants what is below it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rest_framework.permissions import SAFE_METHODS, BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class Role(StrEnum):
    """The name of a Django group whose members may do something."""

    VIEWER = "viewer"
    """Reads everything."""
    OPERATOR = "operator"
    """Submits, cancels, retries and reprioritises jobs, and uploads artifacts."""
    ADMIN = "admin"
    """Everything."""
    EXECUTOR = "executor"
    """Reports what an HTTP executor does, and nothing else."""


GRANTS: dict[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.OPERATOR}),
    Role.ADMIN: frozenset(Role),
    Role.EXECUTOR: frozenset({Role.EXECUTOR}),
}


def roles_of(user: Any) -> frozenset[Role]:
    """What a Django user is granted; asks the database unless authentication already did."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return GRANTS[Role.ADMIN]
    if not hasattr(user, "group_names"):
        user.group_names = list(user.groups.values_list("name", flat=True))
    held = [GRANTS[Role(name)] for name in user.group_names if name in set(Role)]
    return frozenset().union(*held)


GROUP_PREFIX = "executors of "
"""Of the Django groups whose members, with the role executor, speak for a group of executors."""


def speaks_for(user: Any, group: str) -> bool:
    """Whether a user may register, and report the state of, HTTP executors of a group."""
    roles = roles_of(user)
    if Role.ADMIN in roles:
        return True
    return Role.EXECUTOR in roles and f"{GROUP_PREFIX}{group}" in user.group_names


class RolePermission(BasePermission):
    """Reading takes the view's `read_role`, anything else its `write_role`."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the user holds the role; sets a message that names the one missing."""
        if request.method in SAFE_METHODS:
            needed = getattr(view, "read_role", Role.VIEWER)
        else:
            needed = getattr(view, "write_role", Role.OPERATOR)
        self.message = f"This takes the role {needed}: ask an administrator for a token with it."
        return needed in roles_of(request.user)
