"""The access token of XXL-JOB's executors that `demo` and `up` make."""

from __future__ import annotations

from pathlib import Path

from config.xxl_token import ensure_token, kept_token


def test_there_is_none_until_one_is_made(tmp_path: Path) -> None:
    assert kept_token(tmp_path) == ""


def test_one_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    token = ensure_token(tmp_path, {})

    assert len(token) >= 32
    assert kept_token(tmp_path) == token
    assert ensure_token(tmp_path, {}) == token
    assert (tmp_path / "xxl_token").stat().st_mode & 0o777 == 0o600


def test_an_empty_file_is_no_token(tmp_path: Path) -> None:
    (tmp_path / "xxl_token").write_text("\n")

    assert ensure_token(tmp_path, {}) == kept_token(tmp_path) != ""


def test_the_environment_wins_even_where_it_names_none(tmp_path: Path) -> None:
    ensure_token(tmp_path, {})

    assert ensure_token(tmp_path, {"XXL_JOB_ACCESS_TOKEN": "theirs"}) == "theirs"
    assert ensure_token(tmp_path, {"XXL_JOB_ACCESS_TOKEN": ""}) == ""
