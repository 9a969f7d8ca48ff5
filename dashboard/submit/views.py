"""The pages on which jobs are submitted: a list of types, and a form for each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt

from dashboard.job.again import request_of
from dashboard.pages.access import PageView, is_fragment
from dashboard.pages.acting import act, answer
from dashboard.submit import entry, files, queries
from dashboard.submit.entry import Entry
from dashboard.submit.page import context, described
from jobs import types
from jobs.api import actions
from jobs.invalid import FieldError
from jobs.permissions import Role
from jobs.submission import NewJob, Submitted

THERE_IS_ONE = "A job with this unique key has not ended yet, so nothing was submitted: this is it."


class ChooseType(PageView):
    """The registered types, to be searched by `?q=`; for `?like=` a job, the form of its type."""

    template_name = "ui/submit/choose.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Those whose name or description has all the words."""
        if like := request.GET.get("like"):
            to = reverse("ui:submit_type", args=[queries.like(like)["type"]])
            return HttpResponseRedirect(f"{to}?like={like}")
        sought = request.GET.get("q", "")
        kinds = [described(kind) for kind in types.all_types()]
        found = [kind for kind in kinds if _has_words(kind, sought)]
        if is_fragment(request):
            self.template_name = "ui/submit/types.html"
        return self.show({"sought": sought, "kinds": found})


@method_decorator(csrf_exempt, name="dispatch")
class SubmitJob(PageView):
    """The form for a job of a type; `?like=` fills it in with what another job has."""

    template_name = "ui/submit/submit.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Has the length looked at first, as reading the form for its token would be too late."""
        return files.guarded(super().dispatch)(request, *args, **kwargs)

    def get(self, request: HttpRequest, job_type: str) -> HttpResponse:
        """The form."""
        kind = types.get(job_type)
        if like := request.GET.get("like"):
            return self.form(entry.of_request(request_of(queries.like(like), kind), kind))
        return self.form(entry.blank(kind))

    def post(self, request: HttpRequest, job_type: str) -> HttpResponse:
        """Submits the job; or, as `do` says, checks what was entered or shows it in another way."""
        kind = types.get(job_type)
        ids, refused = files.keep(request)
        entered = entry.of_form(request.POST, kind, ids)
        wish = request.POST.get("do", "")
        if not wish:
            return self.submit(entered, refused)
        if wish == "check":
            self.template_name = "ui/submit/checked.html"
            return self.form(entered, entered.checked(self.actor)[1])
        if wish == "json":
            entered = entered.as_json()
        elif wish == "fields":
            entered = entered.as_fields()
            refused += entered.settled()[1]
        return self.form(entered, refused, focus=wish)

    def submit(self, entered: Entry, refused: Sequence[FieldError]) -> HttpResponse:
        """Stores the job and goes on to its page, or shows what is wrong."""
        job, errors = entered.checked(self.actor)
        if job is None or refused:
            return self.form(entered, [*refused, *errors], tried=True)
        outcome = act(self.request, "submit", job.type, partial(_store, job))
        if outcome.value is None:
            return answer(self.request, outcome, message="", to=self.request.path)
        message = "Submitted." if outcome.value.created else THERE_IS_ONE
        to = reverse("ui:job", args=[outcome.value.id])
        return answer(self.request, outcome, message=message, to=to)

    def form(
        self,
        entered: Entry,
        errors: Sequence[FieldError] = (),
        *,
        tried: bool = False,
        focus: str = "",
    ) -> HttpResponse:
        """What was entered, as a page or as the part of it that htmx asks for."""
        if is_fragment(self.request) and self.template_name == SubmitJob.template_name:
            self.template_name = "ui/submit/fragment.html"
        shown = context(entered, errors, self.request.build_absolute_uri("/").rstrip("/"))
        own = {"tried": tried, "focus": focus, "may_submit": self.may(Role.OPERATOR)}
        return self.show(shown | own, 400 if tried else 200)


def _store(job: NewJob, _actor: str) -> Submitted:
    return actions.submit([job])[0]


def _has_words(kind: dict[str, Any], sought: str) -> bool:
    text = " ".join([kind["name"], kind["lead"], *kind["rest"]]).lower()
    return all(word in text for word in sought.lower().split())
