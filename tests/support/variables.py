"""Which environment variables Celeriac really reads."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from config.processes import catalogue

ROOT = Path(__file__).resolve().parent.parent.parent

_RECORD = """
import json, os
class Recorded(dict):
    asked = set()
    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)
    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)
    def __contains__(self, name):
        self.asked.add(name)
        return super().__contains__(name)
os.environ = Recorded(os.environ)
import config.settings
print(json.dumps(sorted(Recorded.asked)))
"""

_NAMED = re.compile(r'(?:environ(?:\.get\(|\[)|whole_number\(\w[\w.]*, )f?"([\w{}]+)"')


ENVIRONMENTS = (
    {"DATABASE_URL": "postgres://a/b"},
    {"POSTGRES_HOST": "a", "REDIS_HOST": "b", "REDIS_PASSWORD": "c"},
    {"CELERIAC_NO_DATABASE": "1"},
)
"""Some names are asked for only where others are set, or are not."""


def read_by_settings() -> set[str]:
    """The names that loading the settings asks for."""
    return set().union(*(_asked(environ) for environ in ENVIRONMENTS))


def _asked(environ: dict[str, str]) -> set[str]:
    output = subprocess.run(
        [sys.executable, "-c", _RECORD],
        env={"CELERIAC_DATA_DIR": "/nonexistent", "SECRET_KEY": "x"} | environ,
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    # Python's own library asks for more.
    own = re.compile("HOME|PATH|_?PYTHON.*")
    return {name for name in json.loads(output) if not own.fullmatch(name)}


def read_by_commands() -> set[str]:
    """The names that `manage.py demo`, `up` and `test` ask for, and manage.py itself."""
    code = "".join(path.read_text() for path in sorted(ROOT.glob("config/**/*.py")))
    names = {name for name in _NAMED.findall(code) if "{" not in name and name != "PATH"}
    names |= {f"WORKER_1_{key}" for key in ("ID", "THREADS", "POOL")}
    assert catalogue.workers(dict.fromkeys(names, "") | {"WORKER_1_ID": "x"})[0].name == "x"
    return names - INTERNAL


INTERNAL = {"CELERIAC_DEMO"}
"""What one of Celeriac's processes tells another."""
