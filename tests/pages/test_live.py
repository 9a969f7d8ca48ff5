"""What pages can be told of, what changed of it, and what Django answers of the stream."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from dashboard.live import changes, latest, looking, topics
from jobs.ids import uuid7
from jobs.invalid import InvalidRequest
from scheduling.models import Task
from tests.support.rows import make_executor, make_job, make_lease
from tests.support.situations import running
from tests.support.tasks import make_task

ID = "01a200f6-030c-7b9e-82f4-8ee3f617e17d"
DATA = st.dictionaries(st.sampled_from("abcd"), st.none() | st.integers() | st.text(max_size=2))


@given(before=DATA, after=DATA)
def test_a_change_makes_the_new_of_the_old(before, after):
    change = changes.between(before, after)
    if change is None:
        assert before == after
    else:
        kept = {key: value for key, value in before.items() if key not in change.gone}
        assert kept | change.set == after
        assert all(before.get(key, ...) != value for key, value in change.set.items())


def test_topics_are_read_once_each():
    id_ = uuid7()
    assert topics.read(f" executors  job:{id_} executors") == ["executors", f"job:{id_}"]
    assert topics.read("jobs:") == ["jobs:"]


ID = "01939c5e-7f3a-7000-8000-000000000001"


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", "job", "job:", "jobs", "job:1", "executors:", "executors:1", "jobs:a,b",
        f"job:{ID},{ID}", f"jobs:{ID.upper()}", "jobs:" + "é" * 36,
        " ".join(f"job:{ID[:-1]}{number}" for number in range(9)),
        "jobs:" + ",".join([ID] * 201),
    ],
)  # fmt: skip
def test_what_is_no_topic_is_refused_by_name(text):
    with pytest.raises(InvalidRequest) as refused:
        topics.read(text)
    assert {error.field for error in refused.value.errors} == {"topics"}


@pytest.mark.django_db
def test_rows_of_a_list_and_how_many_are_newer():
    gone = uuid7()
    jobs = [make_job("queued"), make_job("failed", error={"code": "lost", "message": "x"})]
    ids = [str(job.id) for job in jobs]
    newer = make_job("queued")
    shown, empty = f"jobs:{ids[1]},{ids[0]},{gone}", "jobs:"
    found = looking.read([shown, empty])
    assert found[shown].keys() == {*ids, "newer"}
    assert found[shown]["newer"] == 1
    assert found[shown][ids[0]]["status"] == "queued"
    assert found[shown][ids[1]]["error"] == "lost"
    assert found[empty] == {"newer": 3}
    assert str(newer.id) > ids[1]


@pytest.mark.django_db
def test_a_job_and_what_hangs_on_it():
    it = running(progress={"fraction": 0.5, "message": "half"})
    topic = f"job:{it.ids[0]}"
    found = looking.read([topic])[topic]
    assert (found["status"], found["progress"]["fraction"]) == ("running", 0.5)
    assert (found["executions"], found["events"], found["log"]) == ({"running": 1}, 0, 0)
    gone = f"job:{uuid7()}"
    assert looking.read([gone]) == {gone: {}}


@pytest.mark.django_db
def test_executors_and_what_their_slots_do():
    busy, idle = make_executor("busy"), make_executor("idle", status="offline")
    make_lease(busy, "claimed", job_type="echo", slots=2)
    make_lease(busy, "assigned", job_type="echo")
    make_lease(busy, "assigned", job_type="noop")
    make_lease(busy, "lost", job_type="noop")
    found = looking.read(["executors"])["executors"]
    assert found[str(busy.id)]["slots_used"] == 4
    assert found[str(busy.id)]["types_used"] == {"echo": 3, "noop": 1}
    assert found[str(idle.id)]["slots_used"] == 0
    assert found[str(idle.id)]["status"] == "offline"


@pytest.mark.django_db
def test_tasks_that_are_shown():
    task: Task = make_task("nightly")
    make_job("queued", task_id=task.id)
    make_job("completed", task_id=task.id)
    topic = f"tasks:{task.id}"
    found = looking.read([topic])[topic][str(task.id)]
    assert (found["enabled"], found["unfinished"], found["problem"]) == (True, 1, None)


@pytest.mark.django_db
def test_no_look_reads_a_whole_table_of_jobs(django_assert_max_num_queries):
    job, task = str(make_job().id), str(make_task("nightly").id)
    wanted = [f"jobs:{job}", f"job:{job}", "executors", f"tasks:{task}"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        with django_assert_max_num_queries(40) as queries:
            looking.read(wanted)
        for query in queries.captured_queries:
            if query["sql"].lstrip().startswith("SELECT") and "_job" in query["sql"]:
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(row[0] for row in cursor.fetchall())
                assert "Seq Scan on jobs_job" not in plan
                assert "Seq Scan on executors_execution" not in plan


# --- The paths --------------------------------------------------------------------------------
@pytest.fixture
def get(login) -> Any:
    client = login("viewer")
    return lambda path: client.get(path, headers={"accept": "application/json"})


def test_polling_tells_the_same(get):
    executor = make_executor()
    answer = get("/ui/live/poll?topics=executors%20jobs:")
    assert answer.status_code == 200
    told = answer.json()["topics"]
    assert told["executors"][str(executor.id)]["name"] == "w1"
    assert told["jobs:"] == {"newer": 0}


def test_bad_topics_are_a_problem_that_names_them(get):
    for path in ("/ui/live", "/ui/live/poll"):
        answer = get(f"{path}?topics=<script>")
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["errors"][0]["field"] == "topics"
        assert get(path).status_code == 400


def test_strangers_and_those_without_the_role_are_refused(client, login):
    json = {"accept": "application/json"}
    for path in ("/ui/live?topics=executors", "/ui/live/poll?topics=executors"):
        assert client.get(path).status_code == 401
        assert login("executor").get(path, headers=json).status_code == 403
        assert login("viewer").get(path, headers=json).status_code == 200


def test_what_is_read_for_one_is_given_to_the_next(get, monkeypatch):
    monkeypatch.setattr(latest, "FRESH", 3600)
    first = get("/ui/live/poll?topics=jobs:").json()["topics"]
    make_job()
    again = get("/ui/live/poll?topics=jobs:").json()["topics"]
    other = get(f"/ui/live/poll?topics=jobs:{uuid7()}").json()["topics"]
    assert first == again == {"jobs:": {"newer": 0}}
    assert list(other.values()) == [{"newer": 0}]
