"""How well beat keeps time.

    python -m bench.cron fire [--tasks 10000] [--seconds 60] [--kill-at 30] [--json FILE]
    python -m bench.cron run  [--tasks 1000] [--seconds 30] [--json FILE]
    python -m bench.cron idle [--tasks 100000] [--busy 100] [--seconds 30] [--json FILE]

`fire`: tasks that tick every second, their jobs held back; a standby takes over from a leader that
is killed. `run`: the same with a dispatcher and a worker of two slots, until the jobs are done.
`idle`: many daily tasks and a few that tick every second, and the same PeriodicTasks under
django-celery-beat's own scheduler.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench import cron_fire, cron_idle, cron_run


def main() -> None:
    """Runs one of the three."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    kinds = options.add_subparsers(dest="kind", required=True)
    for name, module in (("fire", cron_fire), ("run", cron_run), ("idle", cron_idle)):
        kind = kinds.add_parser(name, help=module.__doc__.splitlines()[0])
        kind.add_argument("--tasks", type=int, default=module.TASKS)
        kind.add_argument("--seconds", type=int, default=module.SECONDS)
        kind.add_argument("--json", type=Path, default=argparse.SUPPRESS)
        kind.set_defaults(run=module.run)
        if name == "fire":
            kind.add_argument("--kill-at", type=int, default=module.KILL_AT)
        if name == "idle":
            kind.add_argument("--busy", type=int, default=module.BUSY)
    arguments = options.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
