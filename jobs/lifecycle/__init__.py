"""The life of a job: the only code that writes a job's state.

Each verb is one guarded UPDATE over a list of rows; a row that is not in the state the verb
starts from (`states.MOVES`) is left alone, which means that someone else won. Callers hold the
transaction; `cursor` is a DB-API cursor. Rows are locked in the order of their ids.
"""

from jobs.lifecycle.intake import retry, submit
from jobs.lifecycle.parts import (
    CHUNK_DONE,
    END_PARTED,
    FAN_OUT,
    LOCK_PARTED,
    PLACE_PART,
    START_PART,
)
from jobs.lifecycle.running import (
    ASSIGN,
    FINISH,
    NOTE_RETRIES,
    START,
    Outcome,
    Placed,
    Started,
    report_progress,
)
from jobs.lifecycle.setbacks import lock, lose, requeue
from jobs.lifecycle.steering import cancel, promote, prune, set_priority
from jobs.lifecycle.turns import note_followed, take_turn

__all__ = [
    "ASSIGN",
    "CHUNK_DONE",
    "END_PARTED",
    "FAN_OUT",
    "FINISH",
    "LOCK_PARTED",
    "NOTE_RETRIES",
    "PLACE_PART",
    "START",
    "START_PART",
    "Outcome",
    "Placed",
    "Started",
    "cancel",
    "lock",
    "lose",
    "note_followed",
    "promote",
    "prune",
    "report_progress",
    "requeue",
    "retry",
    "set_priority",
    "submit",
    "take_turn",
]
