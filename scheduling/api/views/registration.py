"""HTTP executors register."""

from __future__ import annotations

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from executors.api.access import OTHER_GROUP, check_types
from jobs.api.schema import problems
from jobs.api.views.base import ApiView
from jobs.permissions import Role, roles_of, speaks_for
from scheduling.api import shapes
from scheduling.defining.registration import RegisterRequest, enter, read_registration


class Register(ApiView):
    """Register an HTTP executor by a POST, again whenever it starts."""

    write_role = Role.EXECUTOR
    http_method_names = ["post", "options"]
    example = RegisterRequest.model_config["json_schema_extra"]["example"]  # type: ignore[index]

    @extend_schema(
        operation_id="executors_register",
        request=RegisterRequest,
        responses={200: shapes.Registered, 201: shapes.Registered, **problems(400, 409, 413)},
    )
    def post(self, request: Request) -> Response:
        """Registers an HTTP executor, or brings what is known of it up to date.

        Answers 201 if it is new. Its `secret` signs calls and callbacks. Job types that no
        executor of its group runs yet take an admin's token.
        """
        _check_group(request)
        checked = read_registration(request.data)
        member = checked.member
        by_admin = Role.ADMIN in roles_of(request.user)
        if not by_admin:
            check_types(member.group, member.types)
        known, warnings = enter(checked, request.user.get_username(), by_admin=by_admin)
        answer = {
            "id": known.id,
            "name": member.group,
            "instance_id": member.instance_id,
            "secret": known.secret,
            "warnings": warnings,
        }
        if not known.is_new:
            return Response(answer)
        location = reverse("executor", args=[known.id])
        return Response(answer, status=201, headers={"Location": location})


def _check_group(request: Request) -> None:
    """Before anything is looked at, or asked of name servers."""
    name = request.data.get("name") if isinstance(request.data, dict) else None
    if isinstance(name, str) and not speaks_for(request.user, name):
        raise PermissionDenied(OTHER_GROUP.format(name))
