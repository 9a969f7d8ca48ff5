"""What needs attention first: pure, so tried figure by figure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.overview.attention import ORDER, notices
from dashboard.overview.figures import Ended, Figures, Fleet, Problem, Waiting
from executors.processes.reading import Living

NOW = datetime(2030, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WELL = Figures(
    now=NOW,
    counts={"queued": 3},
    fleet=Fleet(online=2, slots=8),
    processes=[Living(role, "here", 1, NOW, NOW) for role in ("dispatcher", "beat")],
    tasks_enabled=4,
    disk_free=0.5,
)


def texts(**fields: object) -> list[str]:
    return [notice.text for notice in notices(replace(WELL, **fields))]  # type: ignore[arg-type]


def one(**fields: object) -> str:
    [text] = texts(**fields)
    return text


def test_nothing_where_all_is_well():
    assert texts() == []
    assert texts(tasks_enabled=0, processes=WELL.processes[:1], disk_free=None) == []


def test_nobody_leads():
    assert one(processes=WELL.processes[1:]) == (
        "No dispatcher leads: no job is placed, and 3 jobs are in the queue."
    )
    assert one(processes=WELL.processes[:1]).startswith("No beat leads: the ticks of 4 tasks")
    standby = [Living("dispatcher", "here", 1, NOW, None), WELL.processes[1]]
    assert "No dispatcher leads" in one(processes=standby)


def test_no_executor_is_online():
    text = one(fleet=Fleet(offline=3), counts={"queued": 1})
    assert text == "No executor is online: no job can run, and 1 job is in the queue."


def test_the_disk_is_nearly_full():
    assert "3.0% is free" in one(disk_free=0.03)


def test_http_executors_without_a_gateway():
    fleet = replace(WELL.fleet, http=1)
    text = "No gateway runs: 1 HTTP executor can't be called."
    assert one(fleet=fleet, has_gateway=False) == text
    assert texts(fleet=fleet) == texts(has_gateway=False) == []


def test_more_failures_than_usual():
    text = one(lately=Ended(completed=80, failed=20), before=Ended(completed=990, failed=10))
    assert text == "20% of the jobs of the last 15 minutes failed, 1.0% over the last day."
    assert texts(lately=Ended(completed=8, failed=2), before=Ended(completed=990, failed=10)) == []
    assert texts(lately=Ended(80, 20), before=Ended(850, 150)) == []
    assert texts(lately=Ended(990, 10), before=Ended(5000, 10)) == []


def test_tasks_that_make_no_jobs():
    problems = [Problem("1", "nightly", "There is no job type x."), Problem("2", "b", "")]
    assert one(problems=problems[:1]) == (
        "The task nightly can't make jobs: There is no job type x."
    )
    assert ", and 1 more:" in one(problems=problems)


def test_a_job_waits_long_and_why():
    waiting = Waiting("the-id", "echo", NOW - 12.5 * MINUTE, "All slots are taken.")
    text = one(oldest=waiting)
    assert text == (
        "A job of the type echo has waited for a slot for over 12 min. All slots are taken."
    )
    assert texts(oldest=waiting._replace(since=NOW - MINUTE / 2)) == []
    # That nothing is placed at all is said already.
    assert len(texts(oldest=waiting, fleet=Fleet())) == 1


def test_executors_that_are_silent_or_draining():
    assert one(fleet=replace(WELL.fleet, silent=["w1"])) == "w1: no heartbeat."
    many = one(fleet=replace(WELL.fleet, draining=list("abcde")))
    assert many == "a, b, c and 2 more: draining, takes no new work."


@given(
    st.builds(
        Figures,
        now=st.just(NOW),
        counts=st.dictionaries(st.sampled_from(["queued", "running"]), st.integers(0, 9)),
        lately=st.builds(Ended, st.integers(0, 99), st.integers(0, 99)),
        before=st.builds(Ended, st.integers(0, 99), st.integers(0, 99)),
        fleet=st.builds(Fleet, online=st.integers(0, 2), silent=st.lists(st.text(), max_size=5)),
        processes=st.lists(
            st.builds(
                Living,
                st.sampled_from(["dispatcher", "beat"]),
                st.just("here"),
                st.just(1),
                st.just(NOW),
                st.none() | st.just(NOW),
            )
        ),
        tasks_enabled=st.integers(0, 3),
        disk_free=st.none() | st.floats(0, 1),
    )
)
def test_the_gravest_come_first(figures):
    levels = [ORDER.index(notice.level) for notice in notices(figures)]
    assert levels == sorted(levels)
