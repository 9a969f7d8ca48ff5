"""docs/configuration.md against the environment variables that are really read."""

from __future__ import annotations

import re

import pytest

from tests.support import variables

PAGE = (variables.ROOT / "docs/configuration.md").read_text()
ROWS = {
    name: default.strip()
    for name, default in re.findall(r"^\| `([A-Z0-9_]+)` \|(.*?)\|", PAGE, re.MULTILINE)
}
SETTINGS = "".join(
    (variables.ROOT / f"config/{name}.py").read_text() for name in ("settings", "limits")
)
DEFAULTS = dict(
    re.findall(
        r'(?:env\.(?:int|float|bool|str|list)|kept_for)\(\s*"(\w+)",\s*default=([^()]*?)\)',
        SETTINGS,
    )
)


def test_every_variable_is_described_and_no_other():
    assert set(ROWS) == variables.read_by_settings() | variables.read_by_commands()


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_each_default_is_the_real_one(name):
    default = eval(DEFAULTS[name])
    if name in ("SECRET_KEY", "SERVICES"):
        return
    if isinstance(default, list):
        expected = ",".join(default)
    else:
        expected = str(default).lower() if isinstance(default, bool) else str(default)
    assert ROWS[name] == (f"`{expected}`" if expected else "")


def test_most_defaults_are_compared():
    assert len(DEFAULTS) >= 30
