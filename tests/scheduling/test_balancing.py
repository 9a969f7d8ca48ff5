"""Jobs with a load-balance strategy, placed by rounds of the dispatcher over real rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from executors.models import Execution, Executor, LoadBalanceState, Member
from executors.states import Protocol
from jobs import lifecycle
from jobs.ids import uuid7
from jobs.models import Job
from jobs.submission import NewJob
from jobs.wishes import LoadBalanceStrategy as S
from scheduling.dispatching.candidates import read_candidates
from scheduling.dispatching.links import tasks_of
from scheduling.dispatching.loop import Loop
from scheduling.models import TaskExecutor
from tests.scheduling.test_dispatching import TYPES, finish, placed
from tests.support.dispatching import leading, rounds
from tests.support.rows import make_executor, make_gateway
from tests.support.tasks import make_task

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def loop() -> Iterator[Loop]:
    """One that leads, and does only what it is told to; HTTP executors would be called."""
    make_gateway()
    with leading() as loop:
        yield loop


def submit(strategy: S | None, count: int = 1, **fields: Any) -> list[str]:
    job = NewJob("echo", '{"n": 1}', "a job", load_balance_strategy=strategy, **fields)
    with connection.cursor() as cursor:
        return [its.id for its in lifecycle.submit(cursor, [job] * count)]


def make_fleet(*slots: int, **fields: Any) -> list[Executor]:
    return [make_executor(f"w{n}", slots=s, types=TYPES, **fields) for n, s in enumerate(slots, 1)]


def order(job_ids: list[str]) -> list[str]:
    """The executors that have the jobs, in the order of these."""
    by_id = {str(its.id): its.executor for its in Job.objects.filter(id__in=job_ids)}
    return [by_id[id_] or "-" for id_ in job_ids]


def test_round_robin_goes_on_in_the_next_round_and_with_the_next_leader(
    loop: Loop,
) -> None:
    make_fleet(9, 9, 9)
    first = submit(S.ROUND_ROBIN, 2)
    rounds(loop)
    assert order(first) == ["w1", "w2"]
    second = submit(S.ROUND_ROBIN, 2)
    rounds(loop)
    assert order(second) == ["w3", "w1"]
    loop.leader.resign()
    third = submit(S.ROUND_ROBIN, 2)
    with leading() as heir:
        rounds(heir)
    assert order(third) == ["w2", "w3"]
    state = LoadBalanceState.objects.get()
    assert (state.subject, state.strategy) == ("type:echo", "round_robin")
    assert state.state == {"last": "w3"}


def test_jobs_without_a_strategy_leave_no_trace_and_go_where_most_is_free(
    loop: Loop,
) -> None:
    make_fleet(1, 3)
    assert Counter(order(submit(None, 2))) == {"-": 2}
    submit(S.LEAST_LOADED, 2)
    assert placed(rounds(loop)) == {"w1": 1, "w2": 3}
    assert not LoadBalanceState.objects.exists()


def test_celery_workers_and_http_executors_are_chosen_alike(loop: Loop) -> None:
    make_fleet(4)
    executor = make_executor(
        "group:one", slots=4, types=TYPES, protocol=Protocol.HTTP, pool="http", pid=0,
        last_heartbeat=timezone.now() - timedelta(hours=1),
    )  # fmt: skip
    Member.objects.create(executor=executor, group="group", instance_id="one", base_url="http://x")
    submit(S.ROUND_ROBIN, 4)
    assert placed(rounds(loop)) == {"w1": 2, "group:one": 2}
    ids = submit(None, 2, requires={"group": "group"})
    rounds(loop)
    assert order(ids) == ["group:one"] * 2


def test_weights_are_those_of_executors_and_of_links(loop: Loop) -> None:
    one, two = make_fleet(50, 50)
    Executor.objects.filter(id=two.id).update(weight=4)
    submit(S.WEIGHTED, 10)
    assert placed(rounds(loop)) == {"w1": 2, "w2": 8}
    task = make_task()
    TaskExecutor.objects.create(task=task, executor=one, weight=9)
    TaskExecutor.objects.create(task=task, executor=two, priority=1, weight=1)
    submit(S.WEIGHTED, 10, task_id=str(task.id))
    assert placed(rounds(loop)) == {"w1": 9, "w2": 1}
    submit(S.FAILOVER, 3, task_id=str(task.id))
    assert placed(rounds(loop)) == {"w2": 3}
    subjects = set(LoadBalanceState.objects.values_list("subject", flat=True))
    assert subjects == {"type:echo", f"task:{task.id}"}


def test_only_linked_executors_have_the_label_of_a_task(loop: Loop) -> None:
    _, two = make_fleet(3, 3)
    task = make_task()
    TaskExecutor.objects.create(task=task, executor=two)
    ids = submit(None, 3, requires={f"task:{task.id}": "linked"})
    rounds(loop)
    assert order(ids) == ["w2"] * 3


def test_a_sticky_job_waits_hides_nobody_and_moves_on(loop: Loop) -> None:
    make_fleet(1, 1)
    (first,) = submit(S.STICKY)
    rounds(loop)
    assert order([first]) == ["w1"]
    waiting = submit(S.STICKY, 300)
    (other,) = submit(None)
    rounds(loop)
    assert set(order(waiting)) == {"-"}
    assert order([other]) == ["w2"]
    finish(dispatcher_lease(other), 1.0)
    Job.objects.filter(id=waiting[0]).update(available_at=timezone.now() - timedelta(seconds=31))
    rounds(loop)
    assert order(waiting[:2]) == ["w2", "-"]
    assert LoadBalanceState.objects.get().state == {"last": "w2"}


def dispatcher_lease(job_id: str) -> Any:
    """The lease that a job is in, as the dispatcher planned it."""
    return Execution.objects.get(job_id=job_id).lease


def test_the_same_routing_key_goes_to_the_same_executor(loop: Loop) -> None:
    make_fleet(9, 9, 9)
    keys = ["a", "b", "c", "d", "e", "f"]
    homes = []
    for _ in range(2):
        ids = [submit(S.CONSISTENT_HASH, routing_key=key)[0] for key in keys]
        rounds(loop)
        homes.append(order(ids))
    assert homes[0] == homes[1]
    assert len(set(homes[0])) > 1
    assert not LoadBalanceState.objects.exists()


def test_wide_jobs_are_balanced_too(loop: Loop) -> None:
    make_fleet(4, 4, 1)
    ids = submit(S.ROUND_ROBIN, 3, thread_demand=2)
    rounds(loop)
    assert order(ids) == ["w1", "w2", "w1"]


def test_jobs_that_prefer_executors_stand_in_classes_of_their_own() -> None:
    def class_of(strategy: S | None, **fields: Any) -> str:
        return NewJob("echo", "{}", "", load_balance_strategy=strategy, **fields).placement_class

    task = uuid7()
    plain = class_of(None)
    assert class_of(S.ROUND_ROBIN) == class_of(S.LEAST_LOADED) == class_of(S.BROADCAST) == plain
    apart = [
        *(class_of(S.STICKY, task_id=its) for its in (None, task, uuid7())),
        *(class_of(S.FAILOVER, task_id=its) for its in (None, task)),
        class_of(S.STICKY, requires={"a": "b"}),
        plain,
    ]
    assert len(set(apart)) == len(apart)
    keys = {class_of(S.CONSISTENT_HASH, routing_key=str(n)) for n in range(500)}
    assert len(keys) == 16
    assert max(map(len, [*apart, *keys])) <= 160


def test_subjects_are_tasks_or_types_apart_for_labels() -> None:
    with connection.cursor() as cursor:
        lifecycle.submit(
            cursor,
            [
                NewJob("x" * 100, "{}", "", load_balance_strategy=S.STICKY, requires=requires)
                for requires in ({}, {"a": "b"}, {"a": "c"})
            ],
        )
        jobs = read_candidates(cursor, {"x" * 100: 5})
    subjects = {its.balance.subject for its in jobs if its.balance}
    assert len(subjects) == 3
    assert max(map(len, subjects)) <= LoadBalanceState._meta.get_field("subject").max_length
    assert tasks_of(jobs) == set()
