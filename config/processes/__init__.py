"""Celeriac's processes on one machine: which there are, and who keeps them running."""
