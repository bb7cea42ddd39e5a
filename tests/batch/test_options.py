"""How a batch is run, as it is given, kept and shown: passwords reach the process that needs them, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder import launch
from builder.batch import node_worker
from builder.batch.file import Batch
from builder.batch.launching import launch_batch
from builder.batch.options import Options
from builder.cli.batching import same_command
from builder.errors import ConfigError
from builder.launch import Launched
from builder.runs import Run

TRACK, STORAGE = "https://me:secret@host:5000", "sftp://me:secret@host/builds"
SECRETIVE = Options(workers=2, ray="auto", track=TRACK, storage=STORAGE)


def test_what_is_kept_of_the_options_has_no_password() -> None:
    assert SECRETIVE.to_json() == {
        "workers": 2, "ray": "auto", "track": "https://me:***@host:5000", "storage": "sftp://me:***@host/builds",
    }  # fmt: skip
    assert "secret" not in repr(SECRETIVE)


def test_the_process_of_a_batch_gets_the_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def begin(request: dict[str, Any], _: object) -> Launched:
        asked.append(request)
        return Launched(Run(tmp_path), joined=False)

    monkeypatch.setattr(launch, "begin", begin)
    launch_batch(Batch(), tmp_path, SECRETIVE)
    assert Options(**asked[0]["options"]) == SECRETIVE


@pytest.mark.parametrize("given", [{"track": TRACK}, {"ray": "auto", "storage": STORAGE}])
def test_a_batch_cannot_go_on_by_what_was_kept_without_its_password(given: dict[str, Any]) -> None:
    kept = Options(**given).to_json()
    with pytest.raises(ConfigError, match=r"on the command line, with the password in place of \*\*\*"):
        Options(**kept)


def test_options_without_a_password_come_back_as_they_were() -> None:
    options = Options(halving=3, ray="auto", track="sqlite:///mlflow.db", storage="s3://bucket/builds")
    assert Options(**options.to_json()) == options


def test_the_command_that_goes_on_shows_no_password_and_says_so() -> None:
    line = same_command(Path("grid.yaml"), Path("exports"), Options(track=TRACK))
    assert line.endswith("batch grid.yaml --track 'https://me:***@host:5000'  # with the password in place of ***")
    assert same_command(Path("grid.yaml"), Path("exports"), Options(workers=2)).endswith("batch grid.yaml --workers 2")


def test_where_a_delivered_build_lies_is_told_without_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_worker, "deliver", lambda run, storage: storage)  # noqa: ARG005 - nothing is carried
    build = Run(tmp_path / "hands-0123456789")
    assert node_worker.carried(build, "memory://me:secret@host/builds") == f"memory://me:***@host/builds/{build.folder.name}"
