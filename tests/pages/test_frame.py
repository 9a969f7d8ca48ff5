"""What all pages share: login, roles, refusals."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.http import HttpResponse

from config.error_pages import RefusedPages

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


def test_a_database_that_is_away_is_said_so(rf):
    request = rf.get("/ui/jobs", headers={"accept": "text/html"})
    refused = RefusedPages(lambda request: HttpResponse())
    page = refused.process_exception(request, OperationalError("gone"))
    assert page.status_code == 503
    assert "The database does not answer" in page.content.decode()
    assert refused.process_exception(request, ValueError("a fault of ours")) is None


def test_what_there_is_not_is_a_page(login):
    page = login("viewer").get("/ui/nowhere")
    assert page.status_code == 404
    assert "To the overview" in page.text
    assert login("viewer").get("/ui/nowhere", headers={"accept": "*/*"}).json()["status"] == 404


def test_a_refused_part_of_a_page_is_a_message(login):
    part = login("viewer").post("/ui/jobs/bulk", headers={"HX-Request": "true"})
    assert part.status_code == 403
    assert part["HX-Retarget"] == "#messages"
    assert "<html" not in part.text
    assert "role operator" in part.text


def test_a_session_ends_by_logging_out(login):
    client = login("viewer")
    assert client.post("/ui/logout")["Location"] == "/ui/login"
    assert client.get("/ui/jobs").status_code == 302


def test_a_wrong_password_is_refused(client):
    page = client.post("/ui/login", {"username": "<b>ada", "password": "guess"})
    assert 'role="alert"' in page.text
    assert "&lt;b&gt;ada" in page.text
    assert "<b>ada" not in page.text
