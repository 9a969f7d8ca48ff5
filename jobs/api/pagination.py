"""Lists page by page: `{"next", "previous", "results"}`, with an opaque cursor in the URLs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Model
from django.template import loader
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from jobs.api.keyset import START, Order, Place
from jobs.api.search import search
from jobs.api.slowness import too_slow
from jobs.ids import made_at
from jobs.invalid import ErrorList
from jobs.timelimit import TookTooLong

DEFAULT_SIZE = 50
LARGEST_SIZE = 500

SEARCHED_TO = {
    "type": "string",
    "format": "date-time",
    "description": "Only where the time was up before the page was full: what was made up to then "
    "was looked through. `next` goes on from there, though there be no `results`.",
}


class KeysetPagination(BasePagination):
    """Pages of a queryset of dicts.

    A view's `orderings` maps the names that users may order by to columns; its `ordering` is
    the default, and `key` (by default `id`) its unique column.
    """

    parameters = frozenset({"cursor", "page_size", "ordering"})
    place: Place | None = None

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        """The rows of the page that the query string asks for.

        Raises `InvalidRequest` or `ListTooSlow`.
        """
        self.url = request.build_absolute_uri()
        self._read_query(request.query_params, queryset.model, view)
        try:
            self.page = search(queryset, self.order, self.place, self.size)
        except TookTooLong as error:
            raise too_slow(error, request.query_params, self.order, view) from None
        self.display_page_controls = bool(self.page.next or self.page.previous)
        return self.page.rows

    def _read_query(self, query: Any, model: type[Model], view: Any) -> None:
        errors = ErrorList()
        self.order = _read_order(query.get("ordering", view.ordering), model, view, errors)
        self.salt = f"{model.__name__}/{self.order.name}"
        self.size = _read_size(query.get("page_size", str(DEFAULT_SIZE)), errors)
        if cursor := query.get("cursor"):
            try:
                self.place = Place.decode(cursor, self.salt)
            except ValueError:
                message = (
                    "This is no cursor of this list in this ordering: start at its first page."
                )
                errors.add(["cursor"], "cursor", message)
        errors.check()

    def get_paginated_response(self, data: Any) -> Response:
        """The page as the API answers it."""
        body = {"next": self.next_url, "previous": self.previous_url, "results": data}
        if isinstance(self.page.reached, UUID):
            body["searched_to"] = made_at(self.page.reached)
        return Response(body)

    @property
    def next_url(self) -> str | None:
        """Where the page after this one is."""
        return self._url(self.page.next)

    @property
    def previous_url(self) -> str | None:
        """Where the page before this one is."""
        return self._url(self.page.previous)

    def _url(self, place: Place | None) -> str | None:
        if place is None:
            return None
        if place is START:
            return remove_query_param(self.url, "cursor")
        return replace_query_param(self.url, "cursor", place.encode(self.salt))

    def get_results(self, data: Any) -> Any:
        """The rows in an answer."""
        return data["results"]

    def to_html(self) -> str:
        """The buttons of a page for people."""
        template = loader.get_template("rest_framework/pagination/previous_and_next.html")
        return template.render({"previous_url": self.previous_url, "next_url": self.next_url})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page, for OpenAPI."""
        url = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": url, "previous": url, "results": schema, "searched_to": SEARCHED_TO,
            },
        }  # fmt: skip

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters, for OpenAPI."""
        names = [name for plain in view.orderings for name in (plain, f"-{plain}")]
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE, "default": DEFAULT_SIZE}
        ordering = {"type": "string", "enum": names, "default": view.ordering}
        return [
            _parameter("cursor", "Comes in `next` and `previous` of a page.", {"type": "string"}),
            _parameter("page_size", "Rows in a page.", size),
            _parameter("ordering", "With - the highest comes first; nulls are last.", ordering),
        ]


def _read_order(name: str, model: type[Model], view: Any, errors: ErrorList) -> Order:
    plain = name.removeprefix("-")
    if plain not in view.orderings:
        message = f"Order by one of {', '.join(view.orderings)}, with - for the highest first."
        errors.add(["ordering"], "ordering", message)
        name, plain = view.ordering, view.ordering.removeprefix("-")
    column = view.orderings[plain]
    return Order(name, column, getattr(view, "key", "id"), _nullable(model, column))


def _nullable(model: Any, column: str) -> bool:
    """Whether a column may be null; `a__b` is that of a related row, which may be missing."""
    for name in column.split("__"):
        field = model._meta.get_field(name)  # noqa: SLF001
        if field.null:
            return True
        model = field.related_model
    return False


def _read_size(text: str, errors: ErrorList) -> int:
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= LARGEST_SIZE:
        return int(text)
    errors.add(["page_size"], "range", f"Give a whole number from 1 to {LARGEST_SIZE}.")
    return DEFAULT_SIZE


def _parameter(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name, "in": "query", "required": False,
        "description": description, "schema": schema,
    }  # fmt: skip
