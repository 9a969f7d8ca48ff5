"""Who may do what, by token and by session."""

from __future__ import annotations

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from knox.models import AuthToken

from jobs.permissions import Role, roles_of
from jobs.tokens import NameTaken, issue_token
from tests.api.client import ADD, NOWHERE, Api, problem
from tests.support.rows import make_job

OPEN = {
    "healthz", "readyz", "api/auth/login/", "api/auth/logout/", "ui/login", "ui/login/",
    "ui/logout", "ui/logout/", "",
}  # fmt: skip
XXL_JOB = {path for place in ("api", "xxl-job-admin/api")
           for what in ("registry", "registryRemove", "callback")
           for path in (f"{place}/{what}", f"{place}/{what}/")}  # fmt: skip
"""Always 200, with a code of its own; see tests/executors/xxl_job."""
CALLBACK = {f"api/v1/executions/{NOWHERE}/callback{slash}" for slash in ("", "/")}
"""Taken with the execution's token alone; see test_callbacks."""
READS = [
    "jobs", "job-types", "artifacts", "executors", "executions", "tasks", "calendars", "backfills",
    "schedulers", "processes", "/api/v1/", "/api/schema/",
]  # fmt: skip
WRITES = ["jobs", "jobs/bulk", f"jobs/{NOWHERE}/cancel", f"jobs/{NOWHERE}/retry", "artifacts"]


def paths(patterns: Any = None, prefix: str = "") -> list[str]:
    """Every path of the project but the admin's, with an id where one belongs."""
    found = []
    for pattern in patterns or get_resolver().url_patterns:
        full = prefix + str(pattern.pattern)
        if full.startswith("admin/"):
            continue
        if hasattr(pattern, "url_patterns"):
            found += paths(pattern.url_patterns, full)
        else:
            full = re.sub(r"<uuid:\w+>", NOWHERE, full)
            found.append(re.sub(r"<str:\w+>", "x", full))
    return found


@pytest.mark.parametrize("path", sorted(set(paths()) - OPEN - XXL_JOB - CALLBACK))
def test_everything_else_needs_somebody(db: None, path: str) -> None:
    answer = Client().get(f"/{path}")
    if path == "api/docs/":
        assert answer["Location"].startswith("/api/auth/login/?next=")
    elif path.startswith("ui/") and not path.startswith("ui/live"):
        assert answer["Location"] == f"/ui/login?next=/{path}"
    elif path != "metrics":
        problem(answer, 401)
    assert answer.status_code in {302, 401, 403}


@pytest.mark.parametrize("path", sorted(XXL_JOB))
def test_executors_of_xxl_job_need_their_token(db: None, path: str) -> None:
    assert Client().post(f"/{path}").json()["code"] == 500


@pytest.mark.parametrize(
    "header",
    [
        "", "Token", "Token x", "Token " + "0" * 64, "Token a b", "Token \u00e9", "Token \x00",
        "Bearer " + "0" * 64, "Basic YTpi", "Token " + "0" * 100_000,
    ],
)  # fmt: skip
def test_a_foreign_token_is_refused(db: None, header: str) -> None:
    answer = Client(headers={"Authorization": header}).get("/api/v1/jobs")
    assert problem(answer, 401)["type"] == "about:blank"
    assert answer["WWW-Authenticate"] == "Token"


def test_a_token_works_and_is_stored_as_a_hash(operator: Api) -> None:
    assert operator.get("jobs").status_code == 200
    stored = AuthToken.objects.get()
    assert operator.token not in (stored.digest, stored.token_key)


def test_a_stale_token_is_refused(operator: Api) -> None:
    AuthToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    problem(operator.get("jobs"), 401)


def test_a_revoked_token_is_refused(operator: Api) -> None:
    AuthToken.objects.all().delete()
    problem(operator.get("jobs"), 401)


def test_the_token_of_a_user_who_was_switched_off_is_refused(operator: Api) -> None:
    User.objects.update(is_active=False)
    problem(operator.get("jobs"), 401)


@pytest.mark.parametrize("role", ["viewer", "operator", "admin"])
def test_who_reads(db: None, role: str) -> None:
    api = Api(role)
    assert {api.get(path).status_code for path in READS} == {200}


def test_a_viewer_writes_nothing(viewer: Api) -> None:
    job = make_job()
    for path in [*WRITES, f"jobs/{job.id}/cancel"]:
        assert "operator" in problem(viewer.post(path, ADD), 403)["detail"]
    problem(viewer.patch(f"jobs/{job.id}", {"priority": 1}), 403)
    job.refresh_from_db()
    assert (job.status, job.priority) == ("queued", 5)


@pytest.mark.parametrize("role", ["operator", "admin"])
def test_who_writes(db: None, role: str) -> None:
    api = Api(role)
    job = api.submit()
    assert api.patch(f"jobs/{job['id']}", {"priority": 1}).status_code == 200
    assert api.post(f"jobs/{job['id']}/cancel").status_code == 200


def test_the_role_executor_opens_nothing_here(db: None) -> None:
    api = Api("executor")
    for path in READS:
        problem(api.get(path), 403)
    problem(api.post("jobs", ADD), 403)


def test_a_user_without_a_role_may_do_nothing(operator: Api) -> None:
    User.objects.get().groups.clear()
    problem(operator.get("jobs"), 403)


def test_groups_of_other_names_mean_nothing(operator: Api) -> None:
    user = User.objects.get()
    user.groups.set([Group.objects.create(name="gardeners")])
    assert roles_of(User.objects.get()) == frozenset()
    problem(operator.get("jobs"), 403)


def test_a_superuser_is_an_administrator(db: None) -> None:
    root = User.objects.create_superuser("root", password="x")
    assert Role.ADMIN in roles_of(root)
    token = issue_token("root", "admin")
    client = Client(headers={"Authorization": f"Token {token}"})
    assert client.get("/api/v1/jobs").status_code == 200


def test_the_groups_are_there(db: None) -> None:
    assert set(Group.objects.values_list("name", flat=True)) >= set(Role)


def test_a_session_writes_with_a_csrf_token_only(db: None) -> None:
    User.objects.create_superuser("root", password="secret")
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/api/auth/login/").content
    assert b"csrfmiddlewaretoken" in page
    form = {"username": "root", "password": "secret"}
    form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"].value
    assert browser.post("/api/auth/login/?next=/api/v1/jobs", form)["Location"] == "/api/v1/jobs"
    send: dict[str, Any] = {"data": ADD, "content_type": "application/json"}
    problem(browser.post("/api/v1/jobs", **send), 403)
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    assert browser.post("/api/v1/jobs", **send, headers=csrf).status_code == 201


def test_logins_can_be_tried_only_so_often(db: None, settings: Any) -> None:
    settings.RATES = settings.RATES | {"login": "3/h"}
    browser = Client(REMOTE_ADDR="192.0.2.1")
    for page in ("/api/auth/login/", "/admin/login/", "/ui/login", "/ui/login/"):
        form = {"username": f"somebody at {page} {timezone.now()}", "password": "guess"}
        assert [browser.post(page, form).status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = browser.post(page, form)
        assert 0 < int(answer["Retry-After"]) <= 3600
        problem(answer, 429)
        assert browser.post(page, form | {"username": f"x{timezone.now()}"}).status_code == 200


class TestTokens:
    """`issue_token` and its command."""

    def run(self, *arguments: str) -> str:
        out = StringIO()
        call_command("token", *arguments, stdout=out)
        return out.getvalue()

    def test_the_command_prints_a_token_alone(self, db: None) -> None:
        token = self.run("--role", "operator", "--name", "ci").removesuffix("\n")
        client = Client(headers={"Authorization": f"Token {token}"})
        assert client.post("/api/v1/jobs", ADD, "application/json").status_code == 201

    def test_a_second_token_leaves_the_first(self, db: None) -> None:
        tokens = {issue_token("ci", "viewer"), issue_token("ci", Role.VIEWER)}
        assert len(tokens) == AuthToken.objects.count() == 2
        assert User.objects.count() == 1

    def test_a_name_keeps_its_role(self, db: None) -> None:
        issue_token("ci", "viewer")
        with pytest.raises(NameTaken):
            issue_token("ci", "admin")
        with pytest.raises(CommandError, match="ci already"):
            self.run("--role", "admin", "--name", "ci")
        assert AuthToken.objects.count() == 1

    def test_a_person_gets_no_token_by_surprise(self, db: None) -> None:
        User.objects.create_user("ada", password="x")
        with pytest.raises(NameTaken):
            issue_token("ada", "viewer")

    def test_it_lasts_as_long_as_told(self, db: None) -> None:
        issue_token("a", "viewer", ttl=timedelta(hours=1))
        expiry = AuthToken.objects.get().expiry
        assert timedelta(minutes=59) < expiry - timezone.now() <= timedelta(hours=1)
        self.run("--role", "viewer", "--name", "b", "--days", "0.5")
        latest = AuthToken.objects.get(user__username="b").expiry
        assert timedelta(hours=11) < latest - timezone.now() <= timedelta(hours=12)

    @pytest.mark.parametrize("days", ["0", "-1", "x", "nan", "inf", "99999"])
    def test_nonsense_days_are_refused(self, db: None, days: str) -> None:
        with pytest.raises(CommandError, match="days"):
            self.run("--role", "viewer", "--name", "b", f"--days={days}")

    @pytest.mark.parametrize("name", ["", "x" * 151, "a\nb"])
    def test_nonsense_names_are_refused(self, db: None, name: str) -> None:
        with pytest.raises(CommandError, match="name"):
            self.run("--role", "viewer", f"--name={name}")
