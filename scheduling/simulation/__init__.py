"""Placement on a simulated clock. Pure: no Django, no I/O but for the files it is told to read."""
