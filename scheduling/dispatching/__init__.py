"""The dispatcher: turns queued jobs into leases, in turns of five steps (`loop.py`)."""
