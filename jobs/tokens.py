"""Tokens for programs: each belongs to a user of its own, who can't log in by password."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import Group, User
from django.db import transaction
from knox.models import AuthToken
from knox.settings import knox_settings

from jobs.errors import CeleriacError
from jobs.permissions import GRANTS, GROUP_PREFIX, Role, roles_of


class NameTaken(CeleriacError):
    """There is a user {name} already, who has not the role {role}: choose another name, or
    change the groups of that user in the admin.
    """

    code = "name_taken"


class OtherGroup(CeleriacError):
    """There is a user {name} already, who speaks for {groups}: choose another name, or change
    the groups of that user in the admin.
    """

    code = "name_taken"


def issue_token(
    name: str, role: Role | str, ttl: timedelta | None = None, *, group: str | None = None
) -> str:
    """A new token of the user `name`, who is made if there is none; shown this once.

    It is valid for `ttl`, by default for `TOKEN_TTL_DAYS`. With the role executor it speaks for
    one `group` of HTTP executors. Raises `NameTaken` or `OtherGroup` if the user exists and has
    another role or group: older tokens must not gain or lose rights by a new one.
    """
    role = Role(role)
    wanted = {str(role), *([f"{GROUP_PREFIX}{group}"] if group else [])}
    with transaction.atomic():
        user, created = User.objects.get_or_create(username=name)
        if created:
            user.set_unusable_password()
            user.save(update_fields=["password"])
            for group_name in sorted(wanted):
                user.groups.add(Group.objects.get_or_create(name=group_name)[0])
        elif roles_of(user) != GRANTS[role]:
            raise NameTaken(name=name, role=role)
        elif role is Role.EXECUTOR and _groups_of(user) != (wanted - {str(role)}):
            groups = ", ".join(sorted(_groups_of(user))) or "no group"
            raise OtherGroup(name=name, groups=groups.replace(GROUP_PREFIX, ""))
        _, token = AuthToken.objects.create(user, expiry=ttl or knox_settings.TOKEN_TTL)
    return str(token)


def _groups_of(user: User) -> set[str]:
    names = user.groups.filter(name__startswith=GROUP_PREFIX).values_list("name", flat=True)
    return set(names)
