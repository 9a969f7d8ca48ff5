"""`manage.py logs ID`: what the executions of a job have said; `-f` follows it to the job's end."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from executors.logs import reading
from executors.logs.lines import Level
from executors.logs.reading import Query
from executors.models import Execution
from executors.worker.store import patiently
from jobs.errors import JobNotFound
from jobs.ids import is_uuid

LOOK_EVERY = 0.5
"""Seconds between two looks at a log that is followed."""


class Command(BaseCommand):
    """Prints the log of a job."""

    help = "Prints the log of a job; with -f, as it comes, until the job has ended."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options."""
        parser.add_argument("job", metavar="ID", help="the job's id")
        parser.add_argument("-f", "--follow", action="store_true", help="print lines as they come")
        parser.add_argument("--execution", metavar="ID", help="only lines of this execution")
        parser.add_argument(
            "--level", choices=[level.label for level in Level], help="only from this level up"
        )
        parser.add_argument("--json", action="store_true", help="a JSON object for each line")

    def handle(self, **options: Any) -> None:
        """Prints, and is quiet about being interrupted."""
        for name in ("job", "execution"):
            if options[name] is not None and not is_uuid(options[name]):
                raise CommandError(f"{options[name]!r} is no id.")
        level = Level.called(options["level"]) if options["level"] else None
        query = Query(str(UUID(options["job"])), execution_id=options["execution"], level=level)
        try:
            self._print(query, follow=options["follow"], as_json=options["json"])
        except JobNotFound as error:
            raise CommandError(str(error)) from None
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except BrokenPipeError:
            # Python would complain when it flushes what nobody reads any more.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _print(self, query: Query, *, follow: bool, as_json: bool) -> None:
        while True:
            page = patiently(partial(reading.read, query))
            several = not as_json and _has_several(query.job_id, page.lines)
            for line in page.lines:
                text = json.dumps(line, default=str) if as_json else shown(line, several=several)
                self.stdout.write(text)
            self.stdout.flush()
            if page.complete or not (page.has_more or follow):
                return
            query = reading.after(query, page.cursor)
            if not page.has_more:
                time.sleep(LOOK_EVERY)


def shown(line: dict[str, Any], *, several: bool) -> str:
    """A line for people; `several`: it says of which execution it is."""
    at = line["at"].strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    origin = f" [{_origin(line)}]" if several else ""
    return f"{at} {line['level'].upper():8}{origin} {line['text']}"


def _origin(line: dict[str, Any]) -> str:
    names = {"chunk": f"chunk {line['chunk']}, ", "combine": "combine, "}
    return f"{names.get(line['kind'], '')}attempt {line['attempt']}"


def _has_several(job_id: str, lines: list[dict[str, Any]]) -> bool:
    return bool(lines) and len(Execution.objects.filter(job_id=job_id)[:2]) > 1
