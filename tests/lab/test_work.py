"""Compressing a finished build end to end: files, figures from their bytes, what is taken up again, what is left alone."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder import tflite_file
from builder.compress.settings import Compression
from builder.errors import ConfigError, DataError, InvalidInput, ModelFileError
from builder.event_log import read_events
from builder.gate import Gate
from builder.lab import Request, compress_build
from builder.lab.maker import Maker
from builder.matrix import Matrix, read_matrix
from builder.runs import Run

OWN = ("compressed", ".pytest_cache")


class Heard:
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, /, **values: Any) -> None:
        self.events.append((event, values))

    @property
    def messages(self) -> list[str]:
        return [values["message"] for event, values in self.events if event in ("note", "warning")]


def hashes(folder: Path) -> dict[str, str]:
    """Every file of a build but those of the shelf, and the lock."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.relative_to(folder).parts[0] not in OWN
    }


def test_every_technique_has_a_row_in_the_shelfs_order(made: Matrix) -> None:
    assert [row.technique for row in made.rows] == ["float16", "int8", "int16", "pruned", "pruned_qat"]  # pruned is the way there
    assert all(not row.failure and row.accuracy is not None and row.verdict is not None for row in made.rows)


def test_the_matrix_is_read_back_as_it_was(made: Matrix, shelf_run: Run) -> None:
    assert read_matrix(shelf_run.folder) == made


def test_sizes_and_hashes_are_those_of_the_bytes(made: Matrix, shelf_run: Run) -> None:
    for row in made.rows:
        for file in row.files:
            content = (shelf_run.folder / file.file).read_bytes()
            assert file.flash_bytes == len(content)
            assert file.sha256 == hashlib.sha256(content).hexdigest()
            assert file.gzip_bytes == len(gzip.compress(content, 9, mtime=0))


def test_files_that_the_build_made_are_measured_where_they_lie(made: Matrix) -> None:
    row = made.row("int8")
    assert row is not None
    assert [file.file for file in row.files] == ["int8.tflite", "int8_micro.tflite"]


def test_tuned_files_are_integer_and_run_in_every_interpreter(made: Matrix) -> None:
    row = made.row("pruned_qat")
    assert row is not None
    assert [file.file for file in row.files] == ["compressed/pruned_qat.tflite", "compressed/pruned_qat_micro.tflite"]
    for file in row.files:
        assert not file.failed
        assert {"runs", "metadata", "integer"} <= {check.name for check in file.checks if check.state == "passed"}


def test_pruned_kernels_are_half_zero_in_the_exported_bytes(made: Matrix, shelf_run: Run) -> None:
    row = made.row("pruned_qat")
    assert row is not None
    graph = tflite_file.read(shelf_run.folder / row.files[0].file).main
    kernels = [graph.tensor(operator, 1) for operator in graph.operators if operator.name == "CONV_2D"]
    shares = [float((kernel.array() == 0).mean()) for kernel in kernels if kernel is not None]

    assert min(shares) >= 0.49
    assert row.multiply_adds_left is not None
    assert row.multiply_adds is not None
    assert row.multiply_adds_left < 0.6 * row.multiply_adds
    assert {layer.layer for layer in row.left_alone} == {f"conv_dw_{number}" for number in range(1, 14)}


def test_sixteen_bit_activations_go_in_and_out_as_floats(made: Matrix, shelf_run: Run) -> None:
    row = made.row("int16")
    assert row is not None
    model = tflite_file.read(shelf_run.folder / row.files[0].file)

    assert (model.inputs[0].dtype, model.outputs[0].dtype) == ("float32", "float32")
    assert any(tensor.dtype == "int16" for tensor in model.main.tensors)


def test_the_smallest_that_passes_is_chosen_and_pages_lie_beside(made: Matrix, shelf_run: Run) -> None:
    passed = [row for row in made.rows if row.verdict is not None and row.verdict.passed]

    assert (made.chosen is None) == (not passed)
    assert (made.shortfall == "") == bool(passed)
    for name in ("matrix.json", "matrix.md", "matrix.html", "events.jsonl", "log.txt"):
        assert (shelf_run.folder / "compressed" / name).is_file()


def test_flipped_photos_are_kept_as_pictures(made: Matrix, shelf_run: Run) -> None:
    pictures = {path.name for path in (shelf_run.folder / "compressed" / "photos").iterdir()}

    assert pictures == {f"{flip.photo}.png" for flip in made.flips}
    for flip in made.flips:
        assert flip.network not in flip.said.values()


def test_nothing_of_the_build_is_touched(made: Matrix, shelf_run: Run, small_build: Any) -> None:
    assert made.rows
    assert hashes(shelf_run.folder) == hashes(small_build.folder)


def test_what_is_whole_is_not_done_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Maker, "make", lambda *_: pytest.fail("a technique was made again"))
    heard = Heard()
    matrix = compress_build(run, Request(("int8", "pruned_qat"), Compression(epochs=2)), heard)

    assert [message for message in heard.messages if message.endswith("done already.")] != []
    assert [row.technique for row in matrix.rows] == ["float16", "int8", "int16", "pruned", "pruned_qat"]


def test_another_gate_judges_anew_without_running_anything(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Maker, "make", lambda *_: pytest.fail("a technique was made again"))
    matrix = compress_build(run, Request(("int8",), gate=Gate(max_flash_bytes=1)))

    assert matrix.chosen is None
    assert "more than the 1 B allowed" in matrix.shortfall
    assert all(row.verdict is not None and row.verdict.size_failed for row in matrix.rows)


def test_a_file_that_was_changed_is_made_again(run: Run) -> None:
    path = run.folder / "compressed" / "int16.tflite"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    matrix = compress_build(run, Request(("int16",)), capture_output=True)

    row = matrix.row("int16")
    assert row is not None
    assert hashlib.sha256(path.read_bytes()).hexdigest() == row.files[0].sha256


def test_more_calibration_photos_make_another_int8(run: Run) -> None:
    before = hashes(run.folder)
    matrix = compress_build(run, Request(("int8",), calibration_photos=20), capture_output=True)

    row = matrix.row("int8")
    assert row is not None
    assert row.settings == {"calibration_photos": 20}
    assert [file.file for file in row.files] == ["compressed/int8.tflite", "compressed/int8_micro.tflite"]
    assert hashes(run.folder) == before


def test_the_ladder_stops_at_the_first_that_passes(run: Run) -> None:
    heard = Heard()
    matrix = compress_build(run, Request.laddered(Gate(max_drop=100, max_class_drop=100)), heard)

    assert matrix.chosen is not None
    assert [values["technique"] for event, values in heard.events if event == "technique"] == ["int8"]
    assert "int8 after training passes the gate." in heard.messages


def test_a_gate_that_nothing_can_pass_ends_with_the_best_and_tunes_nothing_in_vain(run: Run) -> None:
    heard = Heard()
    matrix = compress_build(run, Request.laddered(Gate(max_flash_bytes=10_000)), heard)

    assert matrix.chosen is None
    assert "comes closest" in matrix.shortfall
    assert sum("no technique makes a file smaller in flash" in message for message in heard.messages) >= 4
    assert not any(event == "epoch" for event, _ in heard.events)


def test_the_ladder_goes_on_to_the_technique_that_passes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Maker.make

    def flawed(self: Maker, name: str, settings: Any) -> Any:
        """int8 names every photo as the first class; what is tuned stands for itself."""
        if name == "qat":
            row, said = made(self, "float16", {})
            return replace(row, technique="qat"), said
        row, said = made(self, name, settings)
        assert said is not None
        return row, replace(said, validation=(0,) * len(said.validation))

    monkeypatch.setattr(Maker, "make", flawed)
    heard = Heard()
    request = Request.laddered(Gate())
    matrix = compress_build(run, replace(request, force=True), heard, capture_output=True)

    assert matrix.chosen == "qat"
    assert [values["technique"] for event, values in heard.events if event == "technique"] == ["int8", "int8_more", "qat"]
    assert sum("does not pass the gate: it loses" in message for message in heard.messages) == 2


def test_a_file_that_is_no_rung_rescues_no_ladder(run: Run) -> None:
    # float16 lies on the shelf and passes; int8 and all that is tuned are too large.
    row = read_matrix(run.folder)
    assert row is not None
    matrix = compress_build(run, Request(("int8",), gate=Gate(max_drop=100, max_class_drop=100, max_flash_bytes=1), ladder=True))
    assert matrix.chosen is None
    free = compress_build(run, Request(("int8",), gate=Gate(max_drop=100, max_class_drop=100)))
    assert free.chosen is not None


def test_weights_that_others_start_from_are_made_again_when_they_are_damaged(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (run.folder / "compressed" / "weights" / "pruned.npz").write_bytes(b"damaged")
    asked: list[str] = []

    def make(_: Maker, name: str, __: Any) -> Any:
        asked.append(name)
        raise ConfigError("enough")

    monkeypatch.setattr(Maker, "make", make)
    compress_build(run, Request(("pruned_qat",), Compression(epochs=2)))
    assert asked == ["pruned"]


def test_a_technique_that_is_made_again_leaves_no_old_figures(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(Maker, "make", killed)
    with pytest.raises(KeyboardInterrupt):
        compress_build(run, Request(("int16",), force=True))
    left = read_matrix(run.folder)
    assert left is not None
    assert left.row("int16") is None
    assert left.row("int8") is not None


def test_who_works_on_a_build_can_be_found_and_stopped(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bool] = []

    def make(*_: Any) -> Any:
        seen.append((run.folder / "process.json").exists())
        raise ConfigError("enough")

    monkeypatch.setattr(Maker, "make", make)
    compress_build(run, Request(("int8_more",)))
    assert seen == [True]


def test_settings_that_do_not_go_together_are_refused_before_anything_is_tuned() -> None:
    with pytest.raises(ConfigError, match="needs 3 or more"):
        Request(("pruned_clustered",), Compression(clusters=2))


def test_a_technique_that_fails_leaves_a_row_that_says_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ConfigError("The loss became nan in epoch 1.")

    monkeypatch.setattr("builder.compress.tuning.tune", broken)
    matrix = compress_build(run, Request(("qat", "float16"), Compression(epochs=1)), capture_output=True)

    row = matrix.row("qat")
    assert row is not None
    assert (row.failure, row.files) == ("The loss became nan in epoch 1.", ())
    assert matrix.row("float16") is not None


def test_events_tell_how_it_went(run: Run) -> None:
    compress_build(run, Request(("int8",)))
    events = [event["event"] for event in read_events(run.folder / "compressed" / "events.jsonl")[0]]

    assert events[-1] == "done"
    assert "technique" in events


def test_a_build_that_is_not_finished_is_refused(run: Run) -> None:
    (run.folder / "report.json").unlink()
    with pytest.raises(InvalidInput, match="not finished"):
        compress_build(run, Request(("int8",)))


def test_a_build_without_its_weights_is_refused(run: Run) -> None:
    (run.folder / "model.keras").write_bytes(b"others")
    with pytest.raises(ModelFileError, match="missing, or others"):
        compress_build(run, Request(("int8",)))


def test_a_build_of_another_version_is_refused(run: Run) -> None:
    about = json.loads((run.folder / "build.json").read_text())
    (run.folder / "build.json").write_text(json.dumps(about | {"format": 1}))
    with pytest.raises(InvalidInput, match="another version"):
        compress_build(run, Request(("int8",)))


def test_other_photos_are_refused_and_leave_nothing_behind(run: Run) -> None:
    shutil.rmtree(run.folder / "compressed")
    report = json.loads((run.folder / "report.json").read_text())
    report["dataset"]["fingerprint"] = "0" * 64
    (run.folder / "report.json").write_text(json.dumps(report))
    with pytest.raises(DataError, match="are others than those"):
        compress_build(run, Request(("int8",)))
    assert not (run.folder / "compressed").exists()


def test_a_build_in_use_is_refused(run: Run) -> None:
    with run.lock() as taken:
        assert taken
        with pytest.raises(InvalidInput, match="Somebody else is working"):
            compress_build(run, Request(("int8",)))


def test_a_damaged_matrix_is_named(run: Run) -> None:
    (run.folder / "compressed" / "matrix.json").write_text("{}")
    with pytest.raises(InvalidInput, match=r"matrix\.json is damaged"):
        compress_build(run, Request(("int8",)))


@pytest.mark.parametrize(
    ("values", "named"),
    [({"sparsity": 1.0}, "sparsity"), ({"sparsity": -0.1}, "sparsity"), ({"clusters": 1}, "clusters"), ({"epochs": 0}, "epochs")],
)
def test_amounts_out_of_range_are_named(values: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Compression(**values)


def test_requests_survive_json() -> None:
    request = Request(("qat", "int8_micro"), Compression(sparsity=0.6), Gate.of(max_gzip="200KiB"), calibration_photos=50)

    assert Request.from_json(json.loads(json.dumps(request.to_json()))) == request
    assert request.techniques == ("int8", "qat")


def test_unknown_techniques_are_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r'no technique "prunde".*Did you mean "pruned"'):
        Request(("prunde",))
