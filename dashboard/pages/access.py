"""The base of all pages: a person who is logged in, and a role."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views import View
from rest_framework.permissions import SAFE_METHODS

from jobs.permissions import Role, roles_of


class PageView(View):
    """A page. Reading takes its `read_role`, anything else its `write_role`.

    `template_name` is what `show` renders; nothing of it is kept by a cache.
    """

    read_role = Role.VIEWER
    write_role = Role.OPERATOR
    template_name = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Sends strangers to the login page, and refuses those without the role."""
        answer = self._refusal(request) or super().dispatch(request, *args, **kwargs)
        if "Cache-Control" not in answer:
            add_never_cache_headers(answer)
        return answer

    def show(self, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
        """The page's template with what it needs."""
        return render(self.request, self.template_name, context, status=status)

    def may(self, role: Role) -> bool:
        """Whether the person holds a role."""
        return role in roles_of(self.request.user)

    @property
    def actor(self) -> str:
        """Who acts, as events and logs name them."""
        return self.request.user.get_username()

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if not request.user.is_authenticated:
            return _to_login(request)
        needed = self.read_role if request.method in SAFE_METHODS else self.write_role
        return None if needed in roles_of(request.user) else refuse(request, needed)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page, and not the browser for a whole one."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers


def refuse(request: HttpRequest, needed: Role) -> HttpResponse:
    """The answer to someone without a role; it names the role."""
    detail = f"This takes the role {needed}. Ask an administrator for it."
    return problem(request, 403, "Not allowed to you", detail)


def problem(request: HttpRequest, status: int, title: str, detail: str) -> HttpResponse:
    """What went wrong as a page, or as a message where htmx asked for a part of one."""
    context = {"status": status, "title": title, "detail": detail}
    if not is_fragment(request):
        return render(request, "ui/problem.html", context, status=status)
    answer = render(request, "ui/parts/error.html", context, status=status)
    answer["HX-Retarget"] = "#messages"
    answer["HX-Reswap"] = "innerHTML"
    return answer


def _to_login(request: HttpRequest) -> HttpResponse:
    login = reverse("ui:login")
    if not is_fragment(request):
        return redirect_to_login(request.get_full_path(), login)
    # The page around the part is what the person comes back to.
    shown = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = f"{shown.path}?{shown.query}" if shown.query else shown.path
    answer = HttpResponse(status=401)
    answer["HX-Redirect"] = redirect_to_login(back or reverse("ui:jobs"), login).url
    return answer
