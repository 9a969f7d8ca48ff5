"""The login pages, where a name can be tried only so often from one address."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from config import error_pages
from jobs.throttles import seconds_to_wait

View = Callable[..., HttpResponseBase]


def limit_logins(view: View) -> View:
    """Answers 429 to what goes past `RATES["login"]`, before a password is looked at."""

    @wraps(view)
    def limited(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and (wait := _count(request)):
            text = f"Too many attempts: try again in {math.ceil(wait)} seconds."
            answer = error_pages.answer(request, 429, text)
            answer["Retry-After"] = str(math.ceil(wait))
            return answer
        return view(request, *args, **kwargs)

    return limited


def _count(request: HttpRequest) -> float:
    who = f"{request.META.get('REMOTE_ADDR')} {request.POST.get('username', '')}"
    digest = hashlib.sha256(who.encode()).hexdigest()[:32]
    return seconds_to_wait(f"login:{digest}", settings.RATES["login"])
