"""Actions on many jobs: a count, a confirmation, steps, and what is left when they are cut off."""

from __future__ import annotations

import logging
import re

import pytest
from django.contrib.auth.models import User

from dashboard.jobs.plans import KINDS
from jobs.models import Job, JobEvent
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db
STEP = KINDS["retry"].step
MORE_THAN_A_STEP = STEP + 1


@pytest.fixture
def operator(login):
    return login("operator")


def confirm(client, **form):
    return client.post("/ui/jobs/bulk", form)


def progress(page) -> str:
    match = re.search(r'name="progress" value="([^"]*)"', page.text)
    assert match, page.text
    return match[1]


def run(client, page):
    """Every step of an action; the last answer."""
    for _ in range(100):
        page = client.post("/ui/jobs/bulk/run", {"progress": progress(page)})
        assert page.status_code == 200, page.text
        if "Done:" in page.text:
            return page
    raise AssertionError


def test_chosen_jobs_are_cancelled_after_a_count(operator):
    waits, runs = make_job("queued", name="waits"), make_job("running", name="runs")
    ended, other = make_job("failed"), make_job("queued")
    page = confirm(operator, action="cancel", id=[waits.id, runs.id, ended.id])
    assert "Cancel 2 jobs?" in page.text
    assert Job.objects.filter(status="cancelled").count() == 0
    done = run(operator, page)
    assert "1 cancelled, 1 asked to stop." in done.text
    assert Job.objects.get(status="cancelled").name == "waits"
    assert Job.objects.get(cancel_requested_at__isnull=False, status="running").name == "runs"
    events = JobEvent.objects.values_list("job__name", "kind", "actor")
    assert set(events) == {
        ("waits", "cancelled", "the-operator"),
        ("runs", "cancel_requested", "the-operator"),
    }
    assert Job.objects.get(id=other.id).status == "queued"


def test_all_that_match_are_retried_once_each(operator):
    failed = [make_job("failed", priority=7) for _ in range(MORE_THAN_A_STEP)]
    make_job("failed", priority=1)
    page = confirm(operator, action="retry", everything="1", query="status=failed&priority=7")
    assert f"Retry {MORE_THAN_A_STEP} jobs?" in page.text
    done = run(operator, page)
    assert f"{MORE_THAN_A_STEP} submitted again." in done.text
    copies = Job.objects.filter(retry_of__isnull=False)
    assert {str(copy.retry_of) for copy in copies} == {job.id for job in failed}
    assert len(copies) == MORE_THAN_A_STEP
    assert {copy.submitted_by for copy in copies} == {"the-operator"}


@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_sent_twice_is_done_once(operator):
    for _ in range(MORE_THAN_A_STEP):
        make_job("failed")
    page = confirm(operator, action="retry", everything="1", query="")
    first = progress(page)
    operator.post("/ui/jobs/bulk/run", {"progress": first})
    again = operator.post("/ui/jobs/bulk/run", {"progress": first})
    assert Job.objects.filter(retry_of__isnull=False).count() == STEP
    run(operator, again)
    assert Job.objects.filter(retry_of__isnull=False).count() == MORE_THAN_A_STEP


def test_an_action_that_was_cut_off_goes_on_where_it_was(operator):
    for _ in range(MORE_THAN_A_STEP):
        make_job("completed")
    page = confirm(operator, action="retry", everything="1", query="")
    page = operator.post("/ui/jobs/bulk/run", {"progress": progress(page)})
    back = operator.post("/ui/jobs/bulk/resume", {"progress": progress(page)})
    assert f"{STEP} submitted again, of {MORE_THAN_A_STEP}" in back.text
    assert Job.objects.filter(retry_of__isnull=False).count() == STEP
    assert f"{MORE_THAN_A_STEP} submitted again." in run(operator, back).text


def test_jobs_made_after_the_confirmation_are_not_meant(operator):
    make_job()
    page = confirm(operator, action="cancel", everything="1", query="")
    late = make_job()
    run(operator, page)
    assert Job.objects.get(id=late.id).status == "queued"


def test_priorities_change_where_they_differ_and_jobs_wait(operator):
    for status, priority in (("queued", 5), ("queued", 8), ("running", 5), ("scheduled", 1)):
        make_job(status, priority=priority)
    page = confirm(operator, action="set_priority", priority="8", everything="1", query="")
    assert "Change the priority of 2 jobs to 8?" in page.text
    assert "2 given priority 8." in run(operator, page).text
    assert Job.objects.filter(priority=8).count() == 3


def test_a_filter_by_state_stays_within_what_the_action_allows(operator):
    make_job("failed")
    make_job("cancelled")
    page = confirm(operator, action="retry", everything="1", query="status=failed,queued")
    assert "Retry 1 job?" in page.text
    page = confirm(operator, action="cancel", everything="1", query="status=failed")
    assert "None of these jobs" in page.text


def test_where_there_are_no_jobs_there_is_nothing_to_do(operator):
    assert "None of these jobs" in confirm(operator, action="cancel", everything="1").text


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"action": "cancel"}, "Choose jobs first"),
        ({"action": "destroy", "everything": "1"}, "no action"),
        ({"action": "<script>", "everything": "1"}, "&lt;script&gt;"),
        ({"action": "set_priority", "priority": "x", "everything": "1"}, "from 0 to 9"),
        ({"action": "cancel", "id": "nonsense"}, "load the page again"),
        ({"action": "cancel", "everything": "1", "query": "status=x"}, "status"),
        ({"action": "cancel", "everything": "1", "query": "foo=1"}, "no such parameter"),
    ],
)
def test_what_makes_no_sense_is_refused_where_it_was_made(operator, form, said):
    make_job()
    answer = operator.post("/ui/jobs/bulk", form, headers={"HX-Request": "true"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert said in answer.text
    assert "<script>" not in answer.text
    assert Job.objects.get().status == "queued"


def test_only_ones_own_action_can_go_on(operator, login):
    make_job()
    token = progress(confirm(operator, action="cancel", everything="1"))
    admin = login("admin")
    for client, text in ((admin, token), (operator, f"{token}x"), (operator, "")):
        answer = client.post("/ui/jobs/bulk/run", {"progress": text})
        assert answer.status_code == 400
        assert "choose the jobs again" in answer.text
        assert client.post("/ui/jobs/bulk/resume", {"progress": text}).status_code == 204
    assert Job.objects.get().status == "queued"


def test_viewers_may_not(login):
    answer = confirm(login("viewer"), action="cancel", everything="1")
    assert answer.status_code == 403
    assert "role operator" in answer.text


def test_a_form_from_elsewhere_is_refused(login):
    client = login("operator", enforce_csrf_checks=True)
    make_job()
    assert confirm(client, action="cancel", everything="1").status_code == 403


def test_who_did_what_is_logged(operator, caplog):
    make_job()
    logger = logging.getLogger("celeriac.actions")
    logger.addHandler(caplog.handler)
    try:
        run(operator, confirm(operator, action="cancel", everything="1", query="status=queued"))
    finally:
        logger.removeHandler(caplog.handler)
    assert caplog.messages == ["the-operator: cancel jobs with status=queued: 1 cancelled"]


def test_it_works_without_scripts(operator):
    make_job()
    page = confirm(operator, action="cancel", everything="1")
    assert "<html" in page.text
    assert "Back to the list" in page.text


def test_someone_who_lost_the_role_can_not_go_on(operator):
    make_job()
    page = confirm(operator, action="cancel", everything="1")
    User.objects.get(username="the-operator").groups.clear()
    assert operator.post("/ui/jobs/bulk/run", {"progress": progress(page)}).status_code == 403
    assert Job.objects.get().status == "queued"
