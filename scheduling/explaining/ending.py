"""When a job in the hands of executors will end. Pure: no Django, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heappop, heappush

from executors.states import ExecutionKind, ExecutionState
from jobs.readable import duration
from jobs.states import JobState
from scheduling.batching import work_key
from scheduling.explaining import words
from scheduling.explaining.answer import Blocker, ChunkCounts, WhenEnding
from scheduling.explaining.scene import Attempt, History, Scene

ACTIVE = (ExecutionState.ASSIGNED, ExecutionState.RUNNING)


def when(scene: Scene, history: History, blockers: Sequence[Blocker]) -> WhenEnding:
    """The expected end; `blockers` keep queued parts of the job from starting."""
    if scene.job.chunk_count is None:
        return _of_whole(scene, history)
    return _of_parts(scene, history, blockers)


def _of_whole(scene: Scene, history: History) -> WhenEnding:
    current = [its for its in history.attempts if its.state in ACTIVE]
    if not current:
        return _answer(scene, [], None, None, 0.0)
    its = current[-1]
    expected = scene.rules.durations.get(work_key(scene.job.type, its.kind, its.slots))
    worked = _elapsed(scene, its)
    # All jobs of a lease count as started when it is claimed; they run one after another.
    usual = None if expected is None else expected * (its.position + 1)
    return _answer(scene, [its], expected, usual, worked, behind=its.position)


def _of_parts(scene: Scene, history: History, blockers: Sequence[Blocker]) -> WhenEnding:
    durations, type_ = scene.rules.durations, scene.job.type
    chunk = durations.get(work_key(type_, _kind(history), 1))
    combine = durations.get(work_key(type_, ExecutionKind.COMBINE, 1))
    current = [its for its in history.attempts if its.state in ACTIVE]
    counts = _counts(scene, history)
    if counts.combining:
        worked = max((_elapsed(scene, its) for its in current), default=0.0)
        made = _answer(scene, current, combine, combine, worked)
    elif chunk is None:
        made = _answer(scene, current, None, None, 0.0)
    else:
        left = [chunk - _elapsed(scene, its) for its in current]
        late = max((-its for its in left if its < 0), default=0.0)
        ends = _last_end([max(its, 0.0) for its in left], counts, chunk) + (combine or 0.0)
        made = _answer(scene, current, chunk, ends, 0.0)
        made.overdue, made.overdue_by = late > 0 and not counts.queued, late
    made.chunks, made.blockers = counts, list(blockers)
    made.text = f"{_chunks_in_words(counts, _kind(history))} {made.text}"
    return made


def _last_end(left: Iterable[float], counts: ChunkCounts, chunk: float) -> float:
    """When the last chunk ends if queued ones follow as slots come free, `width` at once."""
    lanes: list[float] = []
    for seconds in left:
        heappush(lanes, seconds)
    last = max(lanes, default=0.0)
    for _ in range(counts.queued):
        start = heappop(lanes) if len(lanes) >= counts.width else 0.0
        heappush(lanes, start + chunk)
        last = max(last, start + chunk)
    return last


def _counts(scene: Scene, history: History) -> ChunkCounts:
    kind = _kind(history)
    chunks = [its for its in history.attempts if its.kind == kind]
    done = {its.chunk for its in chunks if its.state == ExecutionState.COMPLETED}
    states = [its.state for its in chunks]
    return ChunkCounts(
        count=scene.job.chunk_count or 0,
        width=max(scene.job.width or 1, 1),
        completed=len(done),
        running=states.count(ExecutionState.RUNNING),
        handed_over=states.count(ExecutionState.ASSIGNED),
        queued=states.count(ExecutionState.QUEUED),
        combining=len(done) == scene.job.chunk_count,
    )


def _kind(history: History) -> ExecutionKind:
    """What the job was divided into."""
    shards = any(its.kind == ExecutionKind.SHARD for its in history.attempts)
    return ExecutionKind.SHARD if shards else ExecutionKind.CHUNK


def _chunks_in_words(counts: ChunkCounts, kind: ExecutionKind) -> str:
    if counts.combining:
        return f"All {words.number(counts.count, kind)} are done and are being combined."
    limit = f", at most {counts.width} at once" if kind == ExecutionKind.CHUNK else ""
    return (
        f"{counts.completed} of {words.number(counts.count, kind)} are done, "
        f"{counts.running + counts.handed_over} under way, {counts.queued} queued{limit}."
    )


def _answer(
    scene: Scene,
    current: Sequence[Attempt],
    expected: float | None,
    usual: float | None,
    worked: float,
    behind: int = 0,
) -> WhenEnding:
    """`usual` is how long the present work lasts in all, of which `worked` seconds are over."""
    job = scene.job
    ends_in = None if usual is None else max(usual - worked, 0.0)
    late = 0.0 if usual is None else max(worked - usual, 0.0)
    handed_over = job.status == JobState.ASSIGNED
    started = (scene.now - job.started_at).total_seconds() if job.started_at else 0.0
    made = WhenEnding(
        handed_over=handed_over,
        executors=sorted({its.executor for its in current if its.executor}),
        attempt=max((its.number for its in current), default=job.attempt),
        elapsed=max(started, 0.0),
        expected=expected,
        ends_in=ends_in,
        ends_at=scene.after(ends_in),
        overdue=late > 0,
        overdue_by=late,
        text="",
        chunks=None,
        blockers=[],
    )
    made.text = _in_words(scene, made, behind)
    return made


def _in_words(scene: Scene, its: WhenEnding, behind: int) -> str:
    where = f" on {words.listed(its.executors)}" if its.executors else ""
    if its.handed_over:
        text = f"Handed over{where.replace(' on ', ' to ')}, which has not begun yet"
    else:
        text = f"Runs{where} for {duration(its.elapsed)}"
    if behind:
        text += f", behind {words.number(behind, 'other')} in the same lease"
    if its.expected is None:
        return f"{text}; how long {scene.job.type} takes is not known yet."
    text += f"; such work usually takes {duration(its.expected)}"
    if its.overdue:
        return f"{text}, so it is overdue by {duration(its.overdue_by)}."
    return f"{text}, so it ends in about {duration(its.ends_in or 0.0)}."


def _elapsed(scene: Scene, its: Attempt) -> float:
    if its.started_at is None:
        return 0.0
    return max((scene.now - its.started_at).total_seconds(), 0.0)
