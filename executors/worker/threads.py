"""Holds numeric libraries to the slots that a lease has been given.

OpenBLAS, MKL, OpenMP and the like take a thread for each core unless told otherwise, and so more
slots than their job was given. Those that are loaded are told through threadpoolctl, those still
to be loaded and child processes by the environment.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import OpenBLASController, ThreadpoolController

VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


class Limits:
    """The limits of this process, whose threads may work on leases of different widths.

    Limits hold for the whole process, so the widest lease at work decides; only OpenMP's belong
    to the thread that sets them, and are those of its own lease. Under prefork a process has one
    lease at a time, so that each is held to its own width.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at_work: list[int] = []
        self._of_process = (0, 0)
        self._of_thread = threading.local()

    @contextmanager
    def limited_to(self, threads: int) -> Iterator[None]:
        """Around the work on a lease of so many slots."""
        with self._lock:
            self._at_work.append(threads)
            self._apply(threads)
        try:
            yield
        finally:
            with self._lock:
                self._at_work.remove(threads)
                if self._at_work and max(self._at_work) < self._of_process[0]:
                    self._apply(threads)

    def _apply(self, mine: int) -> None:
        """Sets what is not set yet: looking through the loaded libraries takes a millisecond."""
        # A module that came since may have brought a library, with another limit.
        widest, modules = max(self._at_work), len(sys.modules)
        of_thread = getattr(self._of_thread, "applied", None)
        if self._of_process == (widest, modules) and of_thread == (mine, modules):
            return
        if self._of_process[0] != widest:
            os.environ.update(dict.fromkeys(VARIABLES, str(widest)))
        # OpenBLAS obeys the first thread that limits it, and no other until that one lets go.
        OpenBLASController.clear_controlling_thread(force=True)
        ThreadpoolController().limit(limits={"blas": widest, "openmp": mine})
        OpenBLASController.clear_controlling_thread()
        self._of_process = (widest, modules)
        self._of_thread.applied = (mine, modules)


limited_to = Limits().limited_to
