#!/usr/bin/env python3
"""Celeriac's command line. Needs Python 3.11 alone: it makes `.venv` on its first run."""

import os
import sys
from importlib import import_module

# These bring their own servers, which Django's settings must be able to find when they load.
BEFORE_SETTINGS = ("demo", "screenshots", "test", "up")
# These use a database only if one is known.
WITHOUT_DATABASE = ("simulate",)


def main() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit("Celeriac needs Python 3.11 or newer; this is Python " + version + ".")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:] and sys.argv[1] in WITHOUT_DATABASE:
        os.environ.setdefault("CELERIAC_NO_DATABASE", "true")
    import_module("config.bootstrap").ensure_environment(sys.argv)
    if sys.argv[1:] and sys.argv[1] in BEFORE_SETTINGS:
        command = import_module("config.management.commands." + sys.argv[1])
        command.Command().run_from_argv(sys.argv)
    else:
        import_module("django.core.management").execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
