"""Links between the pages, the API, the admin and Flower lead both ways."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.support.rows import make_executor, make_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db) -> Client:
    """A browser of someone who may do everything, everywhere."""
    client = Client(headers={"accept": "text/html"})
    client.force_login(User.objects.create_superuser("ada"))
    return client


@pytest.mark.parametrize("kind", ["job", "executor"])
def test_a_thing_is_one_step_from_its_page_to_the_api_and_the_admin_and_back(staff, kind):
    thing = make_job() if kind == "job" else make_executor()
    page = reverse(f"ui:{kind}", args=[thing.id])
    api = reverse(kind, args=[thing.id])
    admin = reverse(f"admin:{kind}s_{kind}_change", args=[thing.id])
    shown = staff.get(page).text
    assert f'href="{api}"' in shown
    assert f'href="{admin}"' in shown
    assert f'href="{page}"' in staff.get(admin).text
    assert f'href="{page}"' in staff.get(api).text


def test_lists_lead_to_each_other(staff):
    shown = staff.get("/ui/jobs").text
    assert 'href="/api/v1/jobs"' in shown
    assert f'href="{reverse("admin:jobs_job_changelist")}"' in shown
    assert 'href="/ui/jobs"' in staff.get("/api/v1/jobs").text


def test_where_there_is_no_page_the_api_leads_to_the_first_one(staff):
    assert '<a href="/">Pages</a>' in staff.get("/api/v1/artifacts").text
    make_executor("w1")
    assert '<a href="/">Pages</a>' in staff.get("/api/v1/executors/w1").text


def test_the_admin_is_offered_to_its_people_only(login):
    assert "/admin/" not in login("viewer").get("/ui/jobs").text


def test_flower_is_linked_where_it_is_known(staff, settings):
    admin = reverse("admin:index")
    assert "Flower" not in staff.get("/ui/jobs").text
    assert "Flower" not in staff.get(admin).text
    settings.CELERIAC = settings.CELERIAC | {"FLOWER_URL": "https://flower.example/"}
    assert 'href="https://flower.example/"' in staff.get("/ui/jobs").text
    assert 'href="https://flower.example/"' in staff.get(admin).text


def test_the_root_leads_to_the_pages(client):
    assert client.get("/")["Location"] == "/ui/"
