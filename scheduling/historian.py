"""What the leading dispatcher has written beside dispatching: history, for the pages' charts."""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.utils.module_loading import import_string

from scheduling.background import Background, round_of

logger = logging.getLogger("celeriac.history")

EVERY = 2.0
"""Seconds between two steps, at least."""
REST = 20.0
"""A step that takes long is followed by a rest of so many times as long."""


class Historian(Background):
    """A thread that takes the step named by the setting `HISTORY_STEP`.

    The step is a function that writes what is new, and tells whether there is more to do at once.
    """

    name = "historian"

    def _run(self) -> None:
        step = import_string(settings.HISTORY_STEP)
        rest = 0.0
        while not self._stopping.wait(rest):
            began = time.monotonic()
            is_behind = False
            with round_of(logger, "History is written later"):
                is_behind = step()
            rest = max(0.0 if is_behind else EVERY, REST * (time.monotonic() - began))
