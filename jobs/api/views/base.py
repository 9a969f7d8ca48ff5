"""What all views have in common."""

from __future__ import annotations

from typing import Any

from django_filters import FilterSet
from rest_framework.generics import GenericAPIView
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from jobs.api.parsers import check_length
from jobs.reading import read
from jobs.requests import Nothing


class ApiView(APIView):
    """A view that looks at the announced length of a body before anything reads it.

    `read_role` and `write_role` say who may use it, `example` fills in the browsable API's box.
    """

    example: Any = None
    body_limit: int | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Before authentication, since checking a form's CSRF token reads the form."""
        check_length(request.META, self.body_limit)
        super().initial(request, *args, **kwargs)


def refuse_body(request: Request) -> None:
    """For a request whose path says all: raises `InvalidRequest` where it has fields."""
    read(Nothing, {} if request.data is None else request.data)


class ListView(ApiView, ListModelMixin, GenericAPIView[Any]):
    """A list of dicts, filtered, ordered and in pages; see `KeysetPagination`."""

    filterset_class: Any = FilterSet
    orderings: dict[str, str] = {"created_at": "id"}
    ordering = "-created_at"

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ARG002
        """One page."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([self.present(row) for row in page])

    def present(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row of the query as the API shows it."""
        return row
