"""The code in docs/job-types.md runs as it stands there."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from jobs import artifacts, types
from jobs.context import JobContext
from jobs.errors import DoNotRetry
from tests.support.variables import ROOT

PAGE = (ROOT / "docs/job-types.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def names(monkeypatch) -> dict[str, Any]:
    """What the code on the page defines; its types are forgotten again."""
    for registry in ("_types", "_aliases"):
        monkeypatch.setattr(types, registry, dict(getattr(types, registry)))
    namespace: dict[str, Any] = {"__name__": "shop.job_types"}
    for block in BLOCKS:
        # As in a module: annotations are looked up in its names.
        exec(compile(block, "docs/job-types.md", "exec", dont_inherit=True), namespace)
    return namespace


def run(name: str, payload: str) -> str:
    job_type = types.get(name)
    result = job_type.handler(JobContext("x", 1), job_type.load_payload(payload))
    return job_type.dump_result(result)


def test_the_first_example_writes_an_invoice(names):
    names["test_an_invoice_names_its_order"]()
    assert run("write_invoice", '{"number": 7, "lines": ["tea"]}') == '{"text":"Order 7: tea"}'
    with pytest.raises(DoNotRetry, match="empty") as caught:
        run("write_invoice", '{"number": 7, "lines": []}')
    assert caught.value.code == "empty_order"


@pytest.mark.django_db
def test_the_example_with_files_counts_lines(names, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    upload = artifacts.store(io.BytesIO(b"a\nb\nc\n"), "text", "text/plain")
    context = JobContext("01978f6e-0000-7000-8000-000000000000", 1)
    made = names["count_lines"](context, names["Scan"](artifact=upload.id)).artifact
    with artifacts.open_file(made) as file:
        assert file.read() == b"3"


def test_the_options_are_those_of_the_decorator():
    documented = set(
        re.findall(r"^\| `(\w+)` \| .* \| ", PAGE.split("## Options")[1], re.MULTILINE)
    )
    assert documented == set(types.job_type.__annotations__) - {"name", "return"}
