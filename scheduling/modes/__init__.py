"""Execution modes: what becomes of a new job while earlier ones of its task are unfinished."""

from scheduling.modes.decision import Line, Place, places
from scheduling.modes.unfinished import read_lines, stop_unfinished

__all__ = ["Line", "Place", "places", "read_lines", "stop_unfinished"]
