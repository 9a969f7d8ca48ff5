"""What the admin's pages have in common: roles decide, and rows are only looked at."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from jobs.admin.paginator import EstimatingPaginator
from jobs.ids import is_uuid
from jobs.permissions import Role, roles_of
from jobs.readable import pretty_json
from jobs.timelimit import TookTooLong, time_limit

RECENT = 200_000
"""Rows that are searched where no index helps: the latest."""


def nobody(*_: Any, **__: Any) -> bool:
    """A permission that nobody has."""
    return False


class RoleAdmin(ModelAdmin):
    """Lets a role in beside those to whom Django's own permissions were given."""

    view_role = Role.VIEWER
    change_role: Role | None = Role.ADMIN
    page = ""
    """The name of the page outside of the admin that shows a row, if there is one."""

    def _has(self, request: HttpRequest, role: Role | None) -> bool:
        return role is not None and role in roles_of(request.user)

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        """Where a row is shown outside of the admin."""
        return reverse(f"ui:{self.page}", args=[obj.pk]) if obj and self.page else None

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the app is listed."""
        return self._has(request, self.view_role) or super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be looked at."""
        return self._has(request, self.view_role) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether rows may be made."""
        return self._has(request, self.change_role) or super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be changed."""
        return self._has(request, self.change_role) or super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether rows may be removed."""
        return self._has(request, self.change_role) or super().has_delete_permission(request, obj)


class LongListAdmin(RoleAdmin):
    """A list that stays fast with millions of rows: ordered by id alone, never counted whole."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    list_per_page = 50
    sortable_by = ()
    ordering = ("-pk",)
    uuid_lookups: tuple[str, ...] = ("pk",)
    """Indexed fields that a UUID in the search box is compared with."""
    text_lookups: tuple[str, ...] = ()
    """Lookups for any other text, among the latest rows."""
    list_defer: tuple[str, ...] = ()
    """Wide columns that the list does not show."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All rows; those of the list without what it does not show."""
        queryset: QuerySet[Any] = super().get_queryset(request)
        match = request.resolver_match
        if match and str(match.url_name).endswith("_changelist"):
            queryset = queryset.defer(*self.list_defer)
        return queryset

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Finds a UUID by an index, other text among the latest rows."""
        del request
        term = search_term.strip().replace("\0", "")
        if not term:
            return queryset, False
        if is_uuid(term):
            return queryset.filter(any_of(self.uuid_lookups, uuid.UUID(term))), False
        if not self.text_lookups:
            return queryset.none(), False
        return recent(queryset).filter(any_of(self.text_lookups, term)), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, or a warning and the bare list if what was asked takes too long."""
        if request.method == "POST":
            response: HttpResponse = super().changelist_view(request, extra_context)
            return response
        try:
            with time_limit(settings.CELERIAC["LIST_SECONDS"]):
                response = super().changelist_view(request, extra_context)
                # The rows are read when the template asks for them, which must be in time too.
                return response.render() if isinstance(response, TemplateResponse) else response
        except TookTooLong:
            if not request.GET:
                raise
            messages.warning(request, "That took too long. Search for an id, or filter by less.")
            return HttpResponseRedirect(request.path)


class LookOnlyAdmin(LongListAdmin):
    """Rows that only Celeriac itself writes."""

    actions: Any = ()
    list_disable_select_all = True

    has_add_permission = nobody
    has_change_permission = nobody
    has_delete_permission = nobody


class LookOnlyInline(TabularInline):
    """Rows that hang on the one shown."""

    extra = 0
    can_delete = False
    per_page = 20
    tab = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may look at the row that they hang on."""
        return Role.VIEWER in roles_of(request.user) or super().has_view_permission(request, obj)

    has_add_permission = nobody
    has_change_permission = nobody


def recent(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """The rows among the latest of their table, which can be searched without an index."""
    keys: QuerySet[Any, Any] = QuerySet(queryset.model).order_by("-pk").values_list("pk", flat=True)
    oldest = keys[RECENT : RECENT + 1].first()
    return queryset.filter(pk__gt=oldest) if oldest else queryset


def any_of(lookups: tuple[str, ...], value: object) -> models.Q:
    """A condition that one of the lookups holds."""
    condition = models.Q()
    for lookup in lookups:
        condition |= models.Q(**{lookup: value})
    return condition


def link(page: str, key: object, text: object) -> SafeString | str:
    """A link to a row's page, such as `jobs_job`; a dash where there is no key."""
    return anchor(reverse(f"admin:{page}_change", args=[key]), text) if key else "-"


def anchor(url: str, text: object) -> SafeString:
    """A link in the theme's colours."""
    colours = "text-primary-600 dark:text-primary-500"
    return format_html('<a class="{}" href="{}">{}</a>', colours, url, text)


def as_json(value: object) -> SafeString | str:
    """A value as indented JSON, cut where it becomes too long to read; a dash for None."""
    if value is None:
        return "-"
    shown = pretty_json(value)
    return format_html('<pre class="whitespace-pre-wrap break-all font-mono">{}</pre>', shown)
