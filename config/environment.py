"""Where the database and the broker are: read once from the environment.

Looked for in this order: `DATABASE_URL`, `BROKER_URL` and `REDIS_URL`; the names
`POSTGRES_HOST`, `REDIS_HOST` and their companions; the file that a running
`manage.py demo` or `manage.py up` leaves in the data directory.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

BASE_DIR = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Services:
    """URLs of the servers that Celeriac stands on; an empty string where none is known."""

    database_url: str
    broker_url: str
    redis_url: str


def data_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The directory that holds everything Celeriac writes, `.data` unless told otherwise."""
    return Path(environ.get("CELERIAC_DATA_DIR") or BASE_DIR / ".data").resolve()


def find_services(environ: Mapping[str, str] = os.environ) -> Services:
    """The servers to use; names in the environment win over a running demo's."""
    named = named_services(environ)
    running = _running_services(data_dir(environ))
    broker = named.broker_url or running.get("broker_url", "")
    return Services(
        database_url=named.database_url or running.get("database_url", ""),
        broker_url=broker,
        redis_url=named.redis_url or (broker if broker.startswith("redis") else ""),
    )


def named_services(environ: Mapping[str, str]) -> Services:
    """The servers that the environment names."""
    redis = environ.get("REDIS_URL") or _redis_url(environ)
    broker = environ.get("BROKER_URL") or redis
    return Services(
        database_url=environ.get("DATABASE_URL") or _postgres_url(environ),
        broker_url=broker,
        redis_url=redis or (broker if broker.startswith("redis") else ""),
    )


def _postgres_url(environ: Mapping[str, str]) -> str:
    host = environ.get("POSTGRES_HOST")
    if not host:
        return ""
    user = quote(environ.get("POSTGRES_USER", "postgres"), safe="")
    password = quote(environ.get("POSTGRES_PASSWORD", ""), safe="")
    database = quote(environ.get("POSTGRES_DB", "celeriac"), safe="")
    ssl_mode = environ.get("POSTGRES_SSL_MODE")
    suffix = f"?sslmode={quote(ssl_mode)}" if ssl_mode else ""
    port = environ.get("POSTGRES_PORT", "5432")
    return f"postgres://{user}:{password}@{host}:{port}/{database}{suffix}"


def _redis_url(environ: Mapping[str, str]) -> str:
    host = environ.get("REDIS_HOST")
    if not host:
        return ""
    password = environ.get("REDIS_PASSWORD")
    login = f":{quote(password, safe='')}@" if password else ""
    return f"redis://{login}{host}:{environ.get('REDIS_PORT', '6379')}/0"


def _running_services(directory: Path) -> dict[str, str]:
    """What a running `manage.py demo` or `up` embeds, or nothing if its process is gone."""
    try:
        services = json.loads((directory / "services.json").read_text())
        os.kill(int(services["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return {key: str(value) for key, value in services.items()}
