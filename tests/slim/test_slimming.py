"""Real files without waste: smaller by what was promised, the same model, and left alone where they are not understood."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder import tflite_file
from builder.errors import ModelFileError
from builder.slim.memory_plan import unpacked
from builder.slim.proof import difference
from builder.slim.schema import MEMORY_PLAN
from builder.slim.slimming import slim
from builder.tflite_file.archive import files_behind, with_files
from builder.tflite_file.flatbuffer import Bytes

FILES = ("vww_96_int8", "vww_96_float", "mobilenet_v1_0.25_128_quant", "mobilenet_v1_0.25_224_float")


@pytest.mark.parametrize("flavour", ["mobile", "micro"])
@pytest.mark.parametrize("name", FILES)
def test_published_files_get_smaller_and_stay_the_same_model(models: Path, name: str, flavour: str) -> None:
    content = (models / f"{name}.tflite").read_bytes()
    made = slim(content, flavour)  # type: ignore[arg-type]

    assert made.changed
    assert len(made.content) < len(content)
    assert difference(tflite_file.parse(content), tflite_file.parse(made.content), flavour) == ""  # type: ignore[arg-type]


def test_person_detection_loses_a_quarter_and_its_arena_gets_a_plan(models: Path) -> None:
    made = slim((models / "vww_96_int8.tflite").read_bytes(), "micro")

    assert made.saved_share > 0.25
    assert made.activations is not None
    assert (made.activations.greedy_bytes, made.activations.planned_bytes) == (48 * 48 * (16 + 8 + 8), 48 * 48 * (16 + 8))
    offsets = unpacked(tflite_file.parse(made.content).metadata[MEMORY_PLAN])
    assert offsets is not None
    assert len(offsets) == len(tflite_file.parse(made.content).main.tensors)


def test_constants_are_aligned_to_sixteen_bytes(models: Path) -> None:
    made = slim((models / "vww_96_int8.tflite").read_bytes(), "mobile").content
    whole = memoryview(made)
    kernels = [tensor.data for tensor in tflite_file.parse(made).main.tensors if tensor.data is not None and tensor.values > 16]

    assert kernels
    for kernel in kernels:
        assert made.index(bytes(kernel)) % 16 == 0
    assert len(whole) % 16 == 0


def test_a_slim_file_holds_no_waste(models: Path) -> None:
    once = slim((models / "vww_96_int8.tflite").read_bytes(), "mobile")
    again = slim(once.content, "mobile")

    assert not again.changed
    assert again.content == once.content
    assert again.reason == "it holds no waste"


def test_the_same_file_is_slimmed_to_the_same_bytes(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()

    assert slim(content, "micro").content == slim(content, "micro").content


def test_files_behind_the_model_are_kept(models: Path) -> None:
    files = {"labels.txt": b"nobody\nperson\n", "other.bin": bytes(range(256))}
    made = slim(with_files((models / "vww_96_int8.tflite").read_bytes(), files), "mobile")

    assert made.changed
    assert files_behind(made.content) == files


def test_a_damaged_archive_behind_the_model_leaves_it_as_it_is(models: Path) -> None:
    content = bytearray(with_files((models / "vww_96_int8.tflite").read_bytes(), {"labels.txt": b"nobody\nperson\n"}))
    content[content.rindex(b"nobody")] ^= 1
    made = slim(bytes(content), "mobile")

    assert not made.changed
    assert "cannot be read" in made.reason


def test_options_of_an_unknown_kind_leave_the_file_as_it_is(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(__import__("builder.slim.schema", fromlist=["OPTIONS"]).OPTIONS, 2)
    content = (models / "vww_96_int8.tflite").read_bytes()
    made = slim(content, "mobile")

    assert (made.changed, made.content) == (False, content)
    assert "which cannot be rewritten safely" in made.reason


def test_what_differs_when_read_back_is_never_handed_out(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builder.slim.slimming.difference", lambda *_: "tensor 3 differs")
    content = (models / "vww_96_int8.tflite").read_bytes()

    assert slim(content, "mobile").content == content


def test_the_proof_sees_another_weight(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()
    changed = bytearray(content)
    kernel = max((tensor.data for tensor in tflite_file.parse(content).main.tensors if tensor.data is not None), key=len)
    changed[content.index(bytes(kernel))] ^= 1

    assert "differs" in difference(tflite_file.parse(content), tflite_file.parse(bytes(changed)), "mobile")


def test_the_proof_sees_another_version_of_an_operator(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()
    changed = bytearray(content)
    code = Bytes(content).root().tables(1)[0]
    at = code.at(2)
    assert at is not None
    changed[at] += 1

    assert "versions" in difference(tflite_file.parse(content), tflite_file.parse(bytes(changed)), "mobile")


def test_only_biases_lose_their_scales_for_microcontrollers(models: Path) -> None:
    made = tflite_file.parse(slim((models / "vww_96_int8.tflite").read_bytes(), "micro").content)
    without = [tensor for tensor in made.main.tensors if tensor.quantization is None]

    assert {tensor.dtype for tensor in without} == {"int32"}


def test_any_damage_is_a_clear_error_or_harmless(models: Path) -> None:
    content = (models / "vww_96_int8.tflite").read_bytes()
    for position in range(8, 4000, 37):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        try:
            slim(bytes(damaged), "micro")
        except ModelFileError:
            continue


def test_no_tflite_is_refused() -> None:
    with pytest.raises(ModelFileError, match=r"no \.tflite file"):
        slim(b"PK\x03\x04 and so on", "mobile")
    with pytest.raises(ValueError, match="flavour"):
        slim(b"", "desktop")  # type: ignore[arg-type]
