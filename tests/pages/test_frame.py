"""What all pages share: login, roles, refusals."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

pytestmark = pytest.mark.django_db


def test_the_login_page_is_there_and_kept_by_no_cache(client):
    page = client.get("/ui/login")
    assert page.status_code == 200
    assert "Password" in page.text
    assert "no-store" in page["Cache-Control"]


def test_the_login_goes_nowhere_else(client):
    User.objects.create_user("ada", password="correct horse battery")
    form = {"username": "ada", "password": "correct horse battery", "next": "https://evil.example/"}
    answer = client.post("/ui/login", form)
    assert answer.status_code == 302
    assert answer["Location"] == "/ui/"


def test_strangers_are_sent_to_the_login_page_and_come_back(client):
    answer = client.get("/ui/jobs?status=failed")
    assert answer.status_code == 302
    assert answer["Location"] == "/ui/login?next=/ui/jobs%3Fstatus%3Dfailed"


def test_a_part_of_a_page_sends_its_page_to_the_login(client):
    shown = "http://testserver/ui/jobs?status=failed"
    answer = client.get("/ui/jobs", headers={"HX-Request": "true", "HX-Current-URL": shown})
    assert answer.status_code == 401
    assert answer["HX-Redirect"] == "/ui/login?next=/ui/jobs%3Fstatus%3Dfailed"


def test_those_without_the_role_are_told_which_one(login):
    answer = login("executor").get("/ui/jobs")
    assert answer.status_code == 403
    assert "role viewer" in answer.text


def test_viewers_see_pages_that_no_cache_keeps(login):
    answer = login("viewer").get("/ui/jobs")
    assert answer.status_code == 200
    assert 'aria-current="page"' in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "'unsafe" not in answer["Content-Security-Policy"]
