"""Which explanation a job gets: of its wait, its work or its past. Pure: no Django, no I/O."""

from __future__ import annotations

from uuid import UUID

from jobs.states import FINAL, PLACED
from scheduling.explaining import ending, spending
from scheduling.explaining.answer import Blocker, Explanation
from scheduling.explaining.scene import History, Scene
from scheduling.explaining.waits import verdict, waiting
from scheduling.explaining.waits.blockers import of_reason


def explanation(scene: Scene, history: History) -> Explanation:
    """What is to be said about the job."""
    job = scene.job
    made = Explanation(job=UUID(job.id), type=job.type, status=job.status, at=scene.now, summary="")
    if job.status in FINAL:
        made.finished = spending.where(job, history)
        made.summary = spending.in_words(made.finished)
    elif job.status in PLACED:
        made.running = ending.when(scene, history, _of_parts(scene))
        made.summary = made.running.text
    else:
        made.waiting = waiting.why(scene)
        made.summary = waiting.in_words(made.waiting)
    return made


def _of_parts(scene: Scene) -> list[Blocker]:
    """What keeps queued parts of a job under way from starting."""
    judged = verdict.of_parts(scene)
    return list(of_reason(scene, judged.reason, judged)) if judged.reason else []
