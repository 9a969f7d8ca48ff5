"""Celeriac's settings and the processes that it starts."""
