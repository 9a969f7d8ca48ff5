"""What the gateway reads and writes in Postgres: plain SQL on a cursor, by what it is about."""

from executors.gateway.rows import calls, checks, outcomes, pauses, watch

__all__ = ["calls", "checks", "outcomes", "pauses", "watch"]
