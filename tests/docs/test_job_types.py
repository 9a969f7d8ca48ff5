"""The code in docs/job-types.md runs as it stands there."""

from __future__ import annotations

import io
import json
import re
from typing import Any

import pytest

from jobs import artifacts, job_types, results, types
from jobs.context import JobContext
from jobs.errors import DoNotRetry
from tests.support.chunked import in_chunks
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


def section(heading: str) -> str:
    return PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]


def run(name: str, payload: str) -> str:
    job_type = types.get(name)
    result = job_type.handler(JobContext("x", 1), job_type.load_payload(payload))
    return results.dump(job_type.result, result, "It")


def test_the_first_example_writes_an_invoice(names):
    names["test_an_invoice_names_its_order"]()
    assert run("write_invoice", '{"number": 7, "lines": ["tea"]}') == '{"text":"Order 7: tea"}'
    with pytest.raises(DoNotRetry, match="empty") as caught:
        run("write_invoice", '{"number": 7, "lines": []}')
    assert caught.value.code == "empty_order"


def test_the_example_that_can_be_split_counts_in_chunks_too(names):
    payload = {"orders": [{"number": n, "lines": ["tea"] * n} for n in range(1, 6)]}
    assert run("count_order_lines", json.dumps(payload)) == '{"lines":15}'
    for count in (1, 2, 5, 9):
        assert in_chunks("count_order_lines", payload, count) == {"lines": 15}
    assert in_chunks("count_order_lines", {"orders": []}, 3) == {"lines": 0}


def test_all_types_that_come_with_celeriac_are_listed():
    table = section("The types that come with Celeriac")
    listed = {
        name: not rest.endswith("no")
        for name, rest in re.findall(r"^\| `(\w+)` \| (.*) \|$", table, re.MULTILINE)
    }
    assert listed == {name: types.get(name).chunkable for name in job_types.__all__}


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
        re.findall(r"^\| `(\w+)` \| .* \| ", section("Options of the decorator"), re.MULTILINE)
    )
    assert documented == set(types.job_type.__annotations__) - {"name", "return"}
