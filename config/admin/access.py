"""Users, their groups, and their tokens: for the role admin alone."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as StockGroupAdmin
from django.contrib.auth.admin import UserAdmin as StockUserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from django.utils import timezone
from knox.admin import AuthTokenAdmin as StockTokenAdmin
from knox.models import AuthToken
from knox.settings import knox_settings
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from jobs.admin.base import RoleAdmin
from jobs.permissions import Role

for model in (User, Group, AuthToken):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(StockUserAdmin, RoleAdmin):
    """People, and the users that programs' tokens belong to."""

    view_role = Role.ADMIN
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "roles", "is_staff", "is_superuser", "last_login")

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their groups."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        """The groups, of which four are roles."""
        return ", ".join(group.name for group in user.groups.all()) or "-"


@admin.register(Group)
class GroupAdmin(StockGroupAdmin, RoleAdmin):
    """Roles, and any other groups."""

    view_role = Role.ADMIN


@admin.register(AuthToken)
class TokenAdmin(StockTokenAdmin, RoleAdmin):
    """Tokens, of which only the hash is known. A new one is shown once, in the message."""

    view_role = Role.ADMIN
    list_display = ("token_key", "user", "created", "expiry")
    list_select_related = ("user",)
    raw_id_fields = ()
    autocomplete_fields = ("user",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The expiry that tokens have by default."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if knox_settings.TOKEN_TTL is not None:
            initial["expiry"] = timezone.now() + knox_settings.TOKEN_TTL
        return initial

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: a token is made anew, or deleted."""
        del request, obj
        return False
