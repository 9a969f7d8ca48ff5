"""Health checks of thousands of HTTP executors from one gateway, whose server answers slowly."""

from __future__ import annotations

import argparse
import asyncio
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from bench import report
from bench.beats import percentile
from bench.stage import Stage, stage, until

EXECUTORS = 2000
INTERVAL = 30.0
SECONDS = 120
SLOWEST = 2.0
"""Seconds that the server takes to answer, at most."""
SETTLING = 5.0
"""Seconds of a gateway's start that don't count for its CPU time."""
STARTING = 15.0
"""Seconds that a gateway has to start, before the first check is due."""

COLUMNS = (
    "executors", "every, s", "checks", "expected", "lateness p50, s", "p99, s", "max, s",
    "gateway CPU, %", "MB", "offline",
)  # fmt: skip


class SlowServer:
    """Takes up to `slowest` seconds to say that all is well, and notes when it was asked."""

    def __init__(self, slowest: float) -> None:
        self.asked: dict[str, list[float]] = defaultdict(list)
        self.port = 0
        self._slowest = slowest
        self._ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True).start()
        self._ready.wait()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            writer.close()
            return
        self.asked[head.split(b" ", 2)[1].decode()].append(time.time())
        await asyncio.sleep(random.uniform(0, self._slowest))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()


def run(arguments: argparse.Namespace) -> None:
    """Makes executors whose checks are spread over an interval, and watches when they come."""
    server = SlowServer(arguments.slowest)
    with stage(EXECUTOR_ADDRESSES="loopback") as the_stage:
        first = _make_executors(server.port, arguments.executors, arguments.interval)
        with _gateway(the_stage) as gateway:
            until(lambda: bool(server.asked), "the first check")
            began = time.time()
            time.sleep(SETTLING)
            worked, at = _cpu(gateway), time.time()
            time.sleep(max(began + arguments.seconds - time.time(), 0))
            busy = (_cpu(gateway) - worked) / (time.time() - at) * 100
            memory = gateway.memory_info().rss / 1e6
        end = time.time()
        late = _lateness(server, first, arguments.interval, end)
        expected = sum(int((end - due) / arguments.interval) + 1 for due in first.values())
        row = [
            arguments.executors, arguments.interval, len(late), expected,
            percentile(late, 0.5), percentile(late, 0.99), max(late), busy, memory, _offline(),
        ]  # fmt: skip
    title = f"Health checks; the server takes 0 to {arguments.slowest:g} s to answer"
    report.show(title, COLUMNS, [row], arguments.json)


@contextmanager
def _gateway(stage: Stage) -> Iterator[psutil.Process]:
    command = ("-m", "celery", "-A", "config", "worker", "-n", "gateway", "-P", "threads")
    with stage.process(*command, "-c", "4", "-Q", "gateway") as guarded:
        yield psutil.Process(guarded.pid)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _make_executors(port: int, count: int, interval: float) -> dict[str, float]:
    """Registers them all; when the first check of each path is due, in epoch seconds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO executors_executor
                  (id, name, status, slots, protocol, pool, types, labels, host, pid,
                   incarnation, held)
            SELECT gen_random_uuid(), 'bench:' || n, 'online', 1, 'http', 'http', '{external}',
                   '{}', '127.0.0.1', 0, gen_random_uuid(), '{}'
              FROM generate_series(1, %(count)s) AS n
            """,
            {"count": count},
        )
        # Checks passed before, so that the first counts as one that is due like any other.
        cursor.execute(
            """
            INSERT INTO executors_member
                  (executor_id, "group", instance_id, base_url, health_check_url, health_interval,
                   health_timeout, failure_threshold, success_threshold, require_signature,
                   secret_version, checks_failed, checks_passed, shut, refusals, registered_by,
                   next_check_at)
            SELECT id, 'bench', split_part(name, ':', 2), %(url)s,
                   %(url)s || '/' || split_part(name, ':', 2), %(interval)s, 5, 3, 1, false,
                   1, 0, 1, false, 0, '',
                   now() + (%(starting)s + random() * %(interval)s) * interval '1 s'
              FROM executors_executor WHERE "name" LIKE 'bench:%%'
            RETURNING '/' || instance_id, date_part('epoch', next_check_at)
            """,
            {
                "url": f"http://127.0.0.1:{port}",
                "interval": interval,
                "starting": STARTING,
            },
        )
        return dict(cursor.fetchall())


def _lateness(
    server: SlowServer, first: dict[str, float], interval: float, end: float
) -> list[float]:
    """How much later than due each check came, and how late those are by now that never did."""
    late = []
    for path, due in first.items():
        asked = server.asked[path]
        late += [at - (due + number * interval) for number, at in enumerate(asked)]
        missing = due + len(asked) * interval
        if missing < end:
            late.append(end - missing)
    return late


def _offline() -> int:
    from executors.models import Executor

    return Executor.objects.exclude(status="online").count()


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--executors", type=int, default=EXECUTORS)
    parser.add_argument("--interval", type=float, default=INTERVAL)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--slowest", type=float, default=SLOWEST)
    parser.add_argument("--json", type=Path, metavar="FILE")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
