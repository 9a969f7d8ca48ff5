"""Celeriac's own limits and intervals, as the environment has them. Seconds and bytes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ

from config import xxl_token


def read(env: environ.Env, data_dir: Path) -> dict[str, Any]:
    """What is `settings.CELERIAC`; docs/configuration.md describes each."""

    def kept_for(name: str, *, default: int) -> timedelta | None:
        """How long a final state is kept; None, for ever, where a negative number is set."""
        days = env.int(name, default=default)
        return timedelta(days=days) if days >= 0 else None

    return {
        "PAYLOAD_MAX_BYTES": env.int("PAYLOAD_MAX_BYTES", default=256 * 1024),
        "RESULT_MAX_BYTES": env.int("RESULT_MAX_BYTES", default=1024 * 1024),
        "REQUEST_MAX_BYTES": env.int("REQUEST_MAX_BYTES", default=32 * 1024 * 1024),
        "ARTIFACT_MAX_BYTES": env.int("ARTIFACT_MAX_BYTES", default=1024 * 1024 * 1024),
        "LOG_MAX_BYTES": env.int("LOG_MAX_BYTES", default=1024 * 1024),
        "JOB_LOG_LEVEL": env.str("JOB_LOG_LEVEL", default="INFO"),
        "LOG_STREAMS_MAX": env.int("LOG_STREAMS_MAX", default=200),
        "LIVE_STREAMS_MAX": env.int("LIVE_STREAMS_MAX", default=1000),
        "LIST_SECONDS": env.float("LIST_SECONDS", default=3.0),
        "BULK_MAX_JOBS": env.int("BULK_MAX_JOBS", default=20_000),
        "BACKFILL_MAX_TICKS": env.int("BACKFILL_MAX_TICKS", default=10_000),
        "BACKFILL_CONCURRENCY_MAX": env.int("BACKFILL_CONCURRENCY_MAX", default=100),
        "THREAD_DEMAND_MAX": env.int("THREAD_DEMAND_MAX", default=256),
        "CHUNKS_MAX": env.int("CHUNKS_MAX", default=1000),
        # Read by each worker when it starts: text such as gpu=true,zone=a, or a dict.
        "LABELS": env.str("CELERIAC_LABELS", default=""),
        "HEARTBEAT_INTERVAL": env.float("HEARTBEAT_INTERVAL", default=2.0),
        "HEARTBEAT_LIMIT": env.float("HEARTBEAT_LIMIT", default=10.0),
        "CANCEL_GRACE": env.float("CANCEL_GRACE", default=10.0),
        "REPUBLISH_AFTER": env.float("REPUBLISH_AFTER", default=3.0),
        "POLL_INTERVAL": env.float("POLL_INTERVAL", default=0.5),
        "LEASE_SECONDS": env.float("LEASE_SECONDS", default=0.05),
        # How many jobs a worker has in its hands at once, under either name.
        "LEASE_MAX_JOBS": env.int(
            "LEASE_MAX_JOBS", default=env.int("WORKER_QUEUE_SIZE", default=200)
        ),
        "PRUNE_INTERVAL": env.float("PRUNE_INTERVAL", default=60.0),
        "AGING_INTERVAL": env.float("AGING_INTERVAL", default=300.0),
        "RESERVE_AFTER": env.float("RESERVE_AFTER", default=10.0),
        "PREFERENCE_WAIT": env.float("PREFERENCE_WAIT", default=30.0),
        "BROADCAST_WAIT": env.float("BROADCAST_WAIT", default=60.0),
        "EXECUTORS_PER_GROUP": env.int("EXECUTORS_PER_GROUP", default=1000),
        "REGISTER_TASKS_MAX": env.int("REGISTER_TASKS_MAX", default=100),
        # Which addresses HTTP executors may have beside public ones: loopback, private, networks.
        "EXECUTOR_ADDRESSES": env.str("EXECUTOR_ADDRESSES", default=""),
        "EXECUTOR_ANSWER_MAX_BYTES": env.int("EXECUTOR_ANSWER_MAX_BYTES", default=2 * 1024 * 1024),
        # Where HTTP executors reach the web process.
        "CALLBACK_BASE_URL": env.str("CALLBACK_BASE_URL", default="http://127.0.0.1:8080"),
        "HAND_OVER_SECONDS": env.float("HAND_OVER_SECONDS", default=10.0),
        "HAND_OVER_LIMIT": env.int("HAND_OVER_LIMIT", default=5),
        "CALLBACK_LIMIT": env.float("CALLBACK_LIMIT", default=24 * 3600.0),
        "XXL_JOB_ACCESS_TOKEN": env.str(xxl_token.VARIABLE, default=xxl_token.kept_token(data_dir)),
        "XXL_JOB_SLOTS": env.int("XXL_JOB_SLOTS", default=64),
        "MISFIRE_GRACE": env.float("MISFIRE_GRACE", default=60.0),
        "MISFIRE_LIMIT": env.int("MISFIRE_LIMIT", default=100),
        "SHORTEST_TICK": env.float("SHORTEST_TICK", default=1.0),
        "CHAIN_LENGTH_MAX": env.int("CHAIN_LENGTH_MAX", default=50),
        # Where people reach Flower, for a link to it.
        "FLOWER_URL": env.str("FLOWER_URL", default=""),
        # Whether /metrics asks for no token.
        "METRICS_PUBLIC": env.bool("METRICS_PUBLIC", default=False),
        "KEEP": {
            "completed": kept_for("KEEP_COMPLETED_DAYS", default=7),
            "failed": kept_for("KEEP_FAILED_DAYS", default=30),
            "cancelled": kept_for("KEEP_CANCELLED_DAYS", default=7),
        },
        "KEEP_EXECUTORS": kept_for("KEEP_EXECUTORS_DAYS", default=30),
        "KEEP_HEALTH": timedelta(hours=env.float("KEEP_HEALTH_HOURS", default=24.0)),
    }
