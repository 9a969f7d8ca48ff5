"""How long Chromium takes for the first page, for `bench.pages`."""

from __future__ import annotations

from pathlib import Path

CHROMIUM = Path("/usr/bin/chromium")


def first_page(url: str, runs: int) -> list[float]:
    """Seconds from the request of the overview to its load event, each with an empty cache.

    Nothing where there is no Chromium, or no Playwright.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if not CHROMIUM.exists():
        return []
    cookie = {"name": "sessionid", "value": session(), "url": url}
    seconds = []
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        for _ in range(runs):
            context = chromium.new_context()
            context.add_cookies([cookie])
            page = context.new_page()
            page.goto(f"{url}/ui/", wait_until="load")
            timing = "performance.getEntriesByType('navigation')[0].loadEventEnd"
            seconds.append(float(page.evaluate(timing)) / 1000)
            context.close()
        chromium.close()
    return seconds


def session() -> str:
    """The key of a session of someone who may see the pages."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.auth.models import Group, User
    from django.contrib.sessions.backends.db import SessionStore

    user = User.objects.get_or_create(username="bench-viewer")[0]
    user.groups.add(Group.objects.get(name="viewer"))
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)
