"""Vela on real files: its figures, what stays on the CPU, and files that it must never see."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import tflite_file
from builder.errors import InvalidInput, MissingTool, ModelFileError
from builder.npu import NpuReport, Target, compile_for, compiling, target, write_compiled

U55 = Target("ethos-u55-128", "ethos-u55-128")
LOG_SOFTMAX, SOFTMAX = 50, 25  # BuiltinOperator in tensorflow/compiler/mlir/lite/schema/schema.fbs; no Ethos-U runs the first

with_vela = pytest.mark.skipif(not compiling.is_installed(), reason="ethos-u-vela is not installed")


@pytest.fixture(scope="module")
def person(models: Path) -> tuple[NpuReport, bytes]:
    """MLPerf Tiny's person detection, compiled."""
    return compile_for(models / "vww_96_int8.tflite", U55)


@with_vela
def test_macs_of_a_published_network(person: tuple[NpuReport, bytes]) -> None:
    # Vela counts average pooling (3 * 3 * 256 = 2,304) and softmax (4) on top of the convolutions.
    assert person[0].summary.macs == 7_491_972
    assert person[0].multiply_adds == 7_489_664 == 7_491_972 - 3 * 3 * 256 - 4


@with_vela
def test_all_of_it_runs_on_the_npu(person: tuple[NpuReport, bytes]) -> None:
    found, compiled = person
    assert (found.operators, found.cpu_operators, found.on_cpu) == (31, 0, ())
    assert tflite_file.operators(tflite_file.parse(compiled)) == {"CUSTOM:ethos-u": 1}


@with_vela
def test_figures_are_in_plain_units(person: tuple[NpuReport, bytes]) -> None:
    found, compiled = person
    values = found.to_json()
    # Vela prints 72.73 KiB of SRAM. No less than the largest input + output, 55,296 B: 48 * 48 * 8 + 48 * 48 * 16.
    assert 55_296 == 48 * 48 * (8 + 16) <= values["memory_bytes"]["sram"] < 103_680  # TFLite Micro's arena
    assert values["cycles"]["npu"] <= values["cycles"]["total"] <= sum(values["cycles"].values())
    assert values["clock_mhz"] == 500
    assert values["inferences_per_second"] == pytest.approx(500e6 / values["cycles"]["total"])
    assert 0 < values["weights_bytes"]["encoded"] < values["weights_bytes"]["original"] < 333_288  # the whole file
    assert values["compiled_bytes"] == len(compiled)


@with_vela
def test_a_slower_clock_takes_longer(models: Path) -> None:
    found, _ = compile_for(models / "vww_96_int8.tflite", target("Grove Vision AI V2"))
    assert found.device_latency_ms == pytest.approx(found.latency_ms * 500 / 400)


@with_vela
def test_more_units_take_fewer_cycles(person: tuple[NpuReport, bytes], models: Path) -> None:
    found, _ = compile_for(models / "vww_96_int8.tflite", target("ethos-u55-256"))
    assert found.summary.cycles["npu"] < person[0].summary.cycles["npu"]
    assert found.summary.macs == person[0].summary.macs


@with_vela
def test_an_operator_that_no_npu_runs_stays_on_the_cpu_with_its_reason(models: Path, tmp_path: Path) -> None:
    file = tmp_path / "other.tflite"
    file.write_bytes(with_operator(models / "vww_96_int8.tflite", SOFTMAX, LOG_SOFTMAX))
    found, _ = compile_for(file, U55)
    assert [(each.operator, each.count, each.reason) for each in found.on_cpu] == [("LOG_SOFTMAX", 1, "Unsupported opType")]
    assert found.to_json()["npu_operators"] == 30
    assert any("on top" in note for note in found.notes)


def with_operator(file: Path, old: int, new: int) -> bytes:
    """A model in which one kind of operator has become another."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file.read_bytes(), 0))
    for number, code in enumerate(model.operatorCodes):
        if code.builtinCode == old:
            code.builtinCode = code.deprecatedBuiltinCode = new
            for operator in model.subgraphs[0].operators:
                if operator.opcodeIndex == number:
                    operator.builtinOptions, operator.builtinOptionsType = None, 0
    written = flatbuffers.Builder(1024)
    written.Finish(model.Pack(written), b"TFL3")
    return bytes(written.Output())


@with_vela
def test_labels_stay_in_the_compiled_file(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from builder.export import metadata_portable
    from builder.export.metadata import ModelMetadata, write

    monkeypatch.setattr("builder.export.metadata.packed", metadata_portable.pack)  # the same bytes without importing TensorFlow
    file = tmp_path / "named.tflite"
    file.write_bytes(write((models / "vww_96_int8.tflite").read_bytes(), ModelMetadata(("nobody", "person"))))
    _, compiled = compile_for(file, U55)
    described = tflite_file.describe(tflite_file.parse(compiled))
    assert described is not None
    assert described.labels == ("nobody", "person")


@with_vela
def test_nothing_is_left_in_the_working_folder(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    compile_for(models / "vww_96_int8.tflite", U55)
    assert list(tmp_path.iterdir()) == []


@with_vela
def test_a_compiled_file_is_not_compiled_again(person: tuple[NpuReport, bytes], tmp_path: Path) -> None:
    file = tmp_path / "compiled.tflite"
    file.write_bytes(person[1])
    with pytest.raises(ModelFileError, match="already"):
        compile_for(file, U55)


def test_a_float_model_is_refused(models: Path) -> None:
    with pytest.raises(ModelFileError, match="computes in float32"):
        compile_for(models / "vww_96_float.tflite", U55)


@pytest.mark.parametrize(("start", "end", "said"), [(0, 100_000, "damaged"), (0, 0, "0 bytes"), (9, 5000, "no .tflite")])
def test_a_damaged_file_is_refused_before_vela_sees_it(models: Path, tmp_path: Path, start: int, end: int, said: str) -> None:
    file = tmp_path / "torn.tflite"
    file.write_bytes((models / "vww_96_int8.tflite").read_bytes()[start:end])
    with pytest.raises(ModelFileError, match=said):
        compile_for(file, U55)


def test_without_vela_the_message_says_how_to_get_it(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "is_installed", lambda: False)
    with pytest.raises(MissingTool, match="pip install ethos-u-vela"):
        compile_for(models / "vww_96_int8.tflite", U55)


@pytest.mark.parametrize(
    ("child", "error", "said"),
    [
        ("import os; os.kill(os.getpid(), 11)", ModelFileError, "crashed .SIGSEGV"),
        ("raise RuntimeError('Compilation failed: no')", ModelFileError, "Compilation failed: no"),
        ("raise ImportError('no mlw_codec')", MissingTool, "no mlw_codec.*pip install"),
        ("pass", ModelFileError, "wrote no compiled file"),
        ("while True: pass", ModelFileError, "within 1 seconds"),
    ],
)
def test_whatever_vela_does_is_a_message(
    models: Path, monkeypatch: pytest.MonkeyPatch, child: str, error: type[Exception], said: str
) -> None:
    monkeypatch.setattr(compiling, "CHILD", child)
    monkeypatch.setattr(compiling, "is_installed", lambda: True)
    with pytest.raises(error, match=said):
        compile_for(models / "vww_96_int8.tflite", U55, limit_s=1 if "while" in child else 60)


def test_the_compiled_file_never_replaces_the_model(tmp_path: Path) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(b"model")
    for output, said in ((model, "model itself"), (tmp_path, "is a folder"), (tmp_path / "absent" / "x.tflite", "no folder")):
        with pytest.raises(InvalidInput, match=said):
            write_compiled(b"compiled", output, model)
    assert write_compiled(b"compiled", tmp_path / "npu.tflite", model).read_bytes() == b"compiled"
    assert model.read_bytes() == b"model"
