#!/usr/bin/env python3
"""Celeriac's command line. Needs Python 3.11 alone: it makes `.venv` on its first run."""

import os
import sys


def main():
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit("Celeriac needs Python 3.11 or newer; this is Python " + version + ".")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.bootstrap import ensure_environment

    ensure_environment(sys.argv)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
