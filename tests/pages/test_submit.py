"""The pages of submission, as browsers with and without JavaScript use them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from jobs.models import Artifact, Job
from tests.api.client import NOWHERE
from tests.support.html_forms import form_data
from tests.support.rows import make_job

pytestmark = pytest.mark.django_db
EVIL = "<script>alert(1)</script>"
PART = {"HX-Request": "true"}


@pytest.fixture
def browser(login):
    return login("operator")


def fill(browser, job_type: str, **fields: Any) -> dict[str, Any]:
    """What the form of a type sends with some fields filled in; `payload__a` is `payload/a`."""
    page = browser.get(f"/ui/submit/{job_type}")
    assert page.status_code == 200
    given = {name.replace("__", "/"): value for name, value in fields.items()}
    return {k: v for k, v in form_data(page.text).items() if k != "q"} | given


def test_types_are_listed_and_searched(browser):
    page = browser.get("/ui/submit")
    assert "add_numbers" in page.text
    assert "reverse_string" in page.text
    page = browser.get("/ui/submit?q=grapheme+turns")
    assert "reverse_string" in page.text
    assert "add_numbers" not in page.text


def test_a_search_without_a_hit_says_what_to_do(browser):
    page = browser.get(f"/ui/submit?q={EVIL}")
    assert "Show all types" in page.text
    assert EVIL not in page.text


def test_a_part_of_the_list_is_no_whole_page(browser):
    part = browser.get("/ui/submit?q=add", headers=PART)
    assert "add_numbers" in part.text
    assert "<html" not in part.text


def test_a_job_is_submitted_and_its_page_comes_next(browser, caplog):
    caplog.set_level(logging.INFO, "celeriac.actions")
    data = fill(browser, "add_numbers", payload__a="19", payload__b="23", priority="7")
    answer = browser.post("/ui/submit/add_numbers", data)
    job = Job.objects.get()
    assert answer["Location"] == f"/ui/jobs/{job.id}"
    assert (job.payload, job.priority, job.submitted_by) == ({"a": 19, "b": 23}, 7, "the-operator")
    assert "the-operator: submit add_numbers: done" in caplog.messages


def test_all_options_of_the_api_can_be_given(browser):
    data = fill(
        browser, "monte_carlo_pi", payload__samples="1000", name="pi", thread_demand="2",
        chunks="4", placement='"pack"', on_shortage='"wait"', max_attempts="5", timeout="60",
        run_at="2035-01-31T12:00:00+02:00", unique_key="once",
    )  # fmt: skip
    data |= {"requires:as": "given", "requires:rows": ["0"], "requires/0:key": "gpu",
             "requires/0": "true"}  # fmt: skip
    data |= {"retry:as": "given", "retry:pick": "0", "retry/~4/strategy": '"fixed"',
             "retry/~4/delay": "2"}  # fmt: skip
    answer = browser.post("/ui/submit/monte_carlo_pi", data)
    assert answer.status_code == 302, answer.text
    job = Job.objects.get()
    assert (job.chunks, job.placement, job.on_shortage) == (4, "pack", "wait")
    assert (job.requires, job.retry["strategy"], job.retry["delay"]) == (
        {"gpu": "true"},
        "fixed",
        2,
    )
    assert job.run_at.isoformat() == "2035-01-31T10:00:00+00:00"
    assert (job.max_attempts, job.timeout, job.unique_key) == (5, 60, "once")


def test_what_is_wrong_is_said_at_its_field_and_nothing_is_lost(browser):
    data = fill(browser, "add_numbers", payload__a="five", priority="12")
    answer = browser.post("/ui/submit/add_numbers", data)
    assert answer.status_code == 400
    assert "Nothing was submitted." in answer.text
    assert "Input should be a number, not &#x27;five&#x27;." in answer.text
    assert "This field is required: add it." in answer.text
    sent = form_data(answer.text)
    assert (sent["payload/a"], sent["priority"]) == (["five"], ["12"])
    assert not Job.objects.exists()


def test_what_is_entered_is_checked_while_typing_as_the_api_does(browser):
    data = fill(browser, "add_numbers", payload__a="x", payload__b="1", do="check")
    part = browser.post("/ui/submit/add_numbers", data, headers=PART)
    assert part.status_code == 200
    assert "Input should be a number, not &#x27;x&#x27;." in part.text
    assert part.text.count("hx-swap-oob") > 5
    assert "<html" not in part.text
    assert not Job.objects.exists()


def test_rows_come_and_go_without_javascript(browser):
    data = fill(browser, "resize_image", do="add:payload/sizes")
    page = browser.post("/ui/submit/resize_image", data)
    data = form_data(page.text) | {"payload/sizes/0/width": ["64"], "do": ["add:payload/sizes"]}
    page = browser.post("/ui/submit/resize_image", data)
    sent = form_data(page.text)
    assert sent["payload/sizes:rows"] == ["0", "1"]
    assert sent["payload/sizes/0/width"] == ["64"]
    data = sent | {"do": ["remove:payload/sizes/0"]}
    sent = form_data(browser.post("/ui/submit/resize_image", data).text)
    assert sent["payload/sizes:rows"] == ["0"]
    assert sent["payload/sizes/0/width"] == [""]
    assert not Job.objects.exists()


def test_a_file_becomes_an_artifact_even_if_the_form_is_not_right_yet(browser, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("words.txt", b"one two", "text/plain")
    data = fill(browser, "word_count", priority="99") | {"payload/artifact:file": file}
    page = browser.post("/ui/submit/word_count", data)
    artifact = Artifact.objects.get()
    assert (artifact.name, artifact.size, artifact.created_by) == ("words.txt", 7, "the-operator")
    sent = form_data(page.text)
    assert sent["payload/artifact"] == [str(artifact.id)]
    assert "words.txt, 7 B" in page.text
    browser.post("/ui/submit/word_count", sent | {"priority": ["5"]})
    assert Job.objects.get().payload == {"artifact": str(artifact.id)}


def test_a_form_that_is_too_large_is_refused_unread(browser):
    answer = browser.post(
        "/ui/submit/word_count", b"", content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(10**11),
    )  # fmt: skip
    assert answer.status_code == 413
    assert "larger than the limit" in answer.text


def test_fields_become_json_and_json_fields(browser):
    data = fill(browser, "add_numbers", payload__a="1", payload__b="x", name="mine", do="json")
    page = browser.post("/ui/submit/add_numbers", data)
    text = form_data(page.text)["request"][0]
    assert json.loads(text) == {
        "type": "add_numbers", "payload": {"a": 1, "b": "x"}, "name": "mine",
    }  # fmt: skip
    page = browser.post("/ui/submit/add_numbers", {"request": text, "do": "fields"})
    sent = form_data(page.text)
    assert (sent["payload/b"], sent["name"]) == (["x"], ["mine"])


def test_json_is_submitted_as_it_stands_and_may_name_another_type(browser):
    request = {"type": "ReverseString", "payload": {"text": "abc"}}
    browser.post("/ui/submit/add_numbers", {"request": json.dumps(request)})
    assert Job.objects.get().type == "reverse_string"
    page = browser.post("/ui/submit/add_numbers", {"request": json.dumps(request), "do": "fields"})
    assert form_data(page.text)["payload/text"] == ["abc"]


@pytest.mark.parametrize("text", ["{", "", "[1]", '"x"', "null", '{"type": "nothing"}', EVIL])
def test_json_that_is_wrong_stays_with_a_message(browser, text):
    for wish in ("", "check", "fields", "json"):
        page = browser.post("/ui/submit/add_numbers", {"request": text, "do": wish})
        assert page.status_code in {200, 400}
        assert EVIL not in page.text
        if wish == "":
            assert "Nothing was submitted." in page.text
            assert form_data(page.text)["request"] == [text]


def test_json_with_a_field_that_there_is_not_is_not_cut_short(browser):
    text = json.dumps({"type": "add_numbers", "payload": {"a": 1, "b": 2}, "prioritty": 3})
    page = browser.post("/ui/submit/add_numbers", {"request": text, "do": "fields"})
    assert json.loads(form_data(page.text)["request"][0])["prioritty"] == 3


def test_another_job_like_one_that_there_is(browser):
    job = make_job(
        "completed", name="mine", priority=8, requires={"gpu": "true"}, unique_key="k",
        payload={"a": 10**30, "b": 0.5},
    )  # fmt: skip
    page = browser.get(f"/ui/submit?like={job.id}", follow=True)
    data = form_data(page.text)
    assert (data["name"], data["priority"], data["requires/0"]) == (["mine"], ["8"], ["true"])
    browser.post("/ui/submit/add_numbers", data)
    copy = Job.objects.exclude(id=job.id).get()
    assert (copy.payload, copy.name, copy.unique_key) == (job.payload, "mine", None)


@pytest.mark.parametrize("like", [NOWHERE, "x", EVIL, "../../etc"])
@pytest.mark.parametrize("path", ["/ui/submit", "/ui/submit/add_numbers"])
def test_no_job_to_be_like(browser, path, like):
    page = browser.get(path, {"like": like})
    assert page.status_code == 404
    assert "There is no job" in page.text
    assert EVIL not in page.text


def test_a_type_that_there_is_not(browser):
    for page in (browser.get(f"/ui/submit/{EVIL.replace('/', '')}"), browser.post("/ui/submit/x")):
        assert page.status_code == 404
        assert "There is no job type" in page.text
        assert "<script>alert" not in page.text


def test_a_live_job_with_the_same_key_is_shown_instead(browser):
    job = make_job("queued", unique_key="once")
    data = fill(browser, "add_numbers", payload__a="1", payload__b="2", unique_key="once")
    page = browser.post("/ui/submit/add_numbers", data, follow=True)
    assert page.redirect_chain[0][0] == f"/ui/jobs/{job.id}"
    assert "nothing was submitted" in page.text


def test_a_viewer_sees_forms_but_submits_nothing(login):
    viewer = login("viewer")
    page = viewer.get("/ui/submit/add_numbers")
    assert "Submitting takes the role operator" in page.text
    assert "data-submit" not in page.text
    for wish in ("", "check", "json"):
        answer = viewer.post("/ui/submit/add_numbers", {"payload/a": "1", "do": wish})
        assert answer.status_code == 403
        assert "operator" in answer.text
    assert not Job.objects.exists()


def test_a_form_from_elsewhere_is_refused(login):
    browser = login("operator", enforce_csrf_checks=True)
    data = {"payload/a": "1", "payload/b": "2"}
    assert browser.post("/ui/submit/add_numbers", data).status_code == 403
    page = browser.get("/ui/submit/add_numbers")
    data["csrfmiddlewaretoken"] = form_data(page.text)["csrfmiddlewaretoken"][0]
    assert browser.post("/ui/submit/add_numbers", data).status_code == 302


@pytest.mark.parametrize("do", ["add:", "add:payload/none", "remove:payload/a/9", "nonsense", EVIL])
def test_wishes_that_make_no_sense_show_the_form(browser, do):
    page = browser.post("/ui/submit/add_numbers", {"payload/a": EVIL, "do": do})
    assert page.status_code == 200
    assert EVIL not in page.text
    assert form_data(page.text)["payload/a"] == [EVIL]


def test_a_payload_of_too_many_fields_is_one_box(browser):
    shards = [{"n": n, "latch": {"started": "a", "gate": "b"}} for n in range(100)]
    job = make_job("completed", type="shards", payload={"shards": shards})
    sent = form_data(browser.get(f"/ui/submit/shards?like={job.id}").text)
    assert json.loads(sent["payload"][0]) == job.payload
    assert browser.post("/ui/submit/shards", sent).status_code == 302
    assert Job.objects.exclude(id=job.id).get().payload == job.payload


def test_a_large_payload_is_shown_as_json(browser):
    sizes = [{"width": n + 1} for n in range(150)]
    job = make_job("completed", type="resize_image", payload={"artifact": NOWHERE, "sizes": sizes})
    page = browser.get(f"/ui/submit/resize_image?like={job.id}")
    sent = form_data(page.text)
    assert json.loads(sent["payload/sizes"][0]) == sizes
    assert sent["payload/sizes:as"] == ["json"]
