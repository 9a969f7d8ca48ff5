"""Servers and limits by the names of URLs, and by the older ones of hosts, ports and passwords."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from urllib.parse import unquote, urlsplit

from config.environment import BASE_DIR, Services, find_services, named_services

NOWHERE = {"CELERIAC_DATA_DIR": "/nonexistent"}
HOSTS = {"POSTGRES_HOST": "db.example", "REDIS_HOST": "cache.example"}
URLS = ("DATABASE_URL", "BROKER_URL", "REDIS_URL")

PROBE = """
import json, django
from django.conf import settings
django.setup()
from django.core.cache import cache
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SELECT 1 + 1")
    (answer,) = cursor.fetchone()
cache.set("probe", answer)
limit = settings.CELERIAC["LEASE_MAX_JOBS"]
print(json.dumps([answer, cache.get("probe"), limit]))
"""


def test_hosts_alone_are_enough() -> None:
    assert find_services(HOSTS | NOWHERE) == Services(
        "postgres://postgres:@db.example:5432/celeriac",
        "redis://cache.example:6379/0",
        "redis://cache.example:6379/0",
    )


def test_what_is_special_in_a_url_may_be_in_a_password() -> None:
    found = named_services(
        HOSTS
        | {"POSTGRES_USER": "a b", "POSTGRES_PASSWORD": "p@ss/w:rd?", "POSTGRES_PORT": "6543"}
        | {"POSTGRES_DB": "jobs", "POSTGRES_SSL_MODE": "verify-full"}
        | {"REDIS_PASSWORD": "s#cr%t", "REDIS_PORT": "6380"}
    )
    assert found.database_url == (
        "postgres://a%20b:p%40ss%2Fw%3Ard%3F@db.example:6543/jobs?sslmode=verify-full"
    )
    assert found.broker_url == "redis://:s%23cr%25t@cache.example:6380/0"


def test_urls_win_over_hosts() -> None:
    urls = {"DATABASE_URL": "postgres://x/y", "BROKER_URL": "redis://z/1"}
    assert named_services(HOSTS | urls) == Services(
        "postgres://x/y", "redis://z/1", "redis://cache.example:6379/0"
    )


def test_a_process_works_with_the_older_names_alone() -> None:
    database, broker = (urlsplit(os.environ[name]) for name in URLS[:2])
    told = {name: value for name, value in os.environ.items() if name not in URLS} | {
        "POSTGRES_HOST": database.hostname or "",
        "POSTGRES_PORT": str(database.port),
        "POSTGRES_USER": unquote(database.username or ""),
        "POSTGRES_PASSWORD": unquote(database.password or ""),
        "POSTGRES_DB": "postgres",
        "REDIS_HOST": broker.hostname or "",
        "REDIS_PORT": str(broker.port),
        "REDIS_PASSWORD": unquote(broker.password or ""),
        "WORKER_QUEUE_SIZE": "17",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    answer = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=BASE_DIR, env=told, capture_output=True, check=True
    )
    assert json.loads(answer.stdout) == [2, 2, 17]
