"""What a file says about itself: two writers, one result; what is written comes back; other readers understand it."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import io
import json
import zipfile
from ctypes.util import find_library
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from builder.config import VARIANTS, Variant
from builder.errors import ModelFileError
from builder.export import metadata as md
from builder.export import metadata_portable
from builder.export.embed import embed
from builder.export.labels import to_text
from builder.tflite_file import Description, Normalization, describe, parse, read

from .conftest import METADATA, NAMES, Exported, photos_of

needs_support = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow_lite_support") is None, reason="tflite-support has no wheel for this Python"
)


@pytest.fixture(scope="module")
def bare(exported: Exported) -> bytes:
    """A uint8 model without metadata."""
    from builder.export.convert import conversions

    return next(conversions(exported.model, ["int8"], exported.photos))[1]


@needs_support
@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("is_grayscale", [False, True])
@pytest.mark.parametrize("metadata", [METADATA, md.ModelMetadata(NAMES, name="")])
def test_both_writers_give_the_same_bytes(dtype: str, is_grayscale: bool, metadata: md.ModelMetadata) -> None:
    from builder.export import metadata_support

    described = md.Described(metadata, dtype, dtype, is_grayscale)

    assert metadata_portable.pack(described) == metadata_support.pack(described)


def test_a_file_is_the_same_where_tflite_support_does_not_import(bare: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = md.write(bare, METADATA)
    real_import = builtins.__import__

    def without_support(name: str, *rest: Any) -> Any:
        if "metadata_support" in name:
            raise ImportError("libusb-1.0.so.0: cannot open shared object file")
        return real_import(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_support)
    calls: list[md.Described] = []
    pack = metadata_portable.pack

    def counted(described: md.Described) -> bytes:
        calls.append(described)
        return pack(described)

    monkeypatch.setattr(metadata_portable, "pack", counted)

    assert md.write(bare, METADATA) == usual
    assert len(calls) == 1


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_variant_gives_its_metadata_back(exported: Exported, variant: Variant) -> None:
    described = describe(read(exported.paths[variant]))

    assert described == Description(
        name="Hands",
        description="Ten signs.",
        version="1.2.0+config.ab12cd34ef",
        author="Ada",
        license="Apache-2.0",
        labels=NAMES,
        normalization=Normalization((127.5,), (127.5,)),
    )


def test_text_that_utf8_cannot_hold_does_not_stop_an_export(bare: bytes) -> None:
    labels = ("\udcff", *NAMES[1:])

    came = describe(parse(md.write(bare, md.ModelMetadata(labels, name="bad \udcff name", author="Ⓐ"))))

    assert came is not None
    assert (came.labels, came.name, came.author) == (labels, "bad ? name", "Ⓐ")


@needs_support
def test_tflite_support_reads_the_file(exported: Exported) -> None:
    importlib.import_module("builder.export.metadata_support")  # loads libusb for the library
    from tensorflow_lite_support.metadata.python import metadata as support

    displayer = support.MetadataDisplayer.with_model_buffer(exported.content("int8"))
    described = json.loads(displayer.get_metadata_json())
    image = described["subgraph_metadata"][0]["input_tensor_metadata"][0]
    labels = described["subgraph_metadata"][0]["output_tensor_metadata"][0]["associated_files"]

    assert (described["name"], described["version"]) == ("Hands", "1.2.0+config.ab12cd34ef")
    assert image["process_units"][0]["options"] == {"mean": [127.5], "std": [127.5]}
    assert image["content"]["content_properties"]["color_space"] == "RGB"
    assert [(file["name"], file["type"]) for file in labels] == [("labels.txt", "TENSOR_AXIS_LABELS")]
    assert displayer.get_associated_file_buffer("labels.txt").decode() == to_text(NAMES)


def test_the_same_metadata_gives_the_same_bytes(bare: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    first = md.write(bare, METADATA)
    monkeypatch.setattr("time.time", lambda: 2e9)
    monkeypatch.setattr("time.localtime", lambda *_: (2033, 5, 18, 3, 33, 20, 2, 138, 0))

    assert md.write(bare, METADATA) == first


def test_a_wrong_number_of_class_names_is_refused(bare: bytes) -> None:
    with pytest.raises(ModelFileError, match="9 class names"):
        md.write(bare, replace(METADATA, labels=NAMES[1:]))


def test_metadata_is_written_once(bare: bytes) -> None:
    with pytest.raises(ModelFileError, match="already"):
        md.write(md.write(bare, METADATA), METADATA)


def test_metadata_that_does_not_come_back_is_an_error(bare: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(md, "to_text", lambda labels: "other\n" * len(labels))

    with pytest.raises(ModelFileError, match="read back"):
        md.write(bare, METADATA)


def test_only_tflite_files_take_a_buffer() -> None:
    with pytest.raises(ModelFileError, match=r"\.tflite"):
        embed(b"PK" + bytes(100), "NAME", b"data")


def test_embedding_moves_the_model_as_a_whole(bare: bytes) -> None:
    data = bytes(range(100))

    grown = embed(bare, "NAME", data)

    assert grown.endswith(bare)
    assert (len(grown) - len(bare)) % 16 == 0
    assert grown.index(data) % 16 == 0
    before, after = parse(bare), parse(grown)
    assert after.metadata == {**before.metadata, "NAME": data}
    assert after.subgraphs == before.subgraphs
    assert after.description == before.description


def test_tensorflows_own_schema_reads_the_same_model(bare: bytes) -> None:
    from tensorflow.lite.tools import flatbuffer_utils

    before, after = (flatbuffer_utils.convert_bytearray_to_object(content) for content in (bare, embed(bare, "NAME", b"data")))

    assert (after.version, after.description) == (before.version, before.description)
    assert [entry.name for entry in after.metadata] == [*(entry.name for entry in before.metadata), b"NAME"]
    assert bytes(after.buffers.pop().data) == b"data"
    assert len(after.buffers) == len(before.buffers)
    assert all(np.array_equal(a.data, b.data) for a, b in zip(after.buffers, before.buffers, strict=True))
    assert [tensor.name for tensor in after.subgraphs[0].tensors] == [tensor.name for tensor in before.subgraphs[0].tensors]


def test_the_zip_behind_the_model_is_sound(exported: Exported) -> None:
    with zipfile.ZipFile(io.BytesIO(exported.content("float32"))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["labels.txt"]


def test_tflite_micro_runs_the_file_with_metadata(exported: Exported) -> None:
    pytest.importorskip("tflite_micro", reason="tflite-micro has development releases only")
    from builder.export.convert import conversions

    without = next(conversions(exported.model, ["int8_micro"], exported.photos))[1]
    photo = (exported.photos[:1].astype(np.int16) - 128).astype(np.int8)

    assert np.array_equal(micro_scores(exported.content("int8_micro"), photo), micro_scores(without, photo))


def micro_scores(content: bytes, photo: Any) -> Any:
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(content)
    interpreter.set_input(photo, 0)
    interpreter.invoke()
    return interpreter.get_output(0)


@pytest.mark.parametrize("variant", ["float32", "int8"])
@pytest.mark.parametrize("source", ["made", "hands"])
def test_mediapipe_names_the_label(exported: Exported, variant: Variant, source: str, request: pytest.FixtureRequest) -> None:
    mediapipe = pytest.importorskip("mediapipe", reason="MediaPipe is an optional tool")
    if not (find_library("EGL") and find_library("GLESv2")):
        pytest.skip("MediaPipe needs libEGL and libGLESv2 (Debian: libegl1 libgles2)")
    vision = mediapipe.tasks.vision

    if source == "hands":
        folder: Path = request.getfixturevalue("hands")
        path = sorted((folder / "3").iterdir())[0]
        photo = np.asarray(Image.open(path).convert("RGB").resize((48, 48)))
    else:
        photo = photos_of(1)[0]
    options = vision.ImageClassifierOptions(
        base_options=mediapipe.tasks.BaseOptions(model_asset_buffer=exported.content(variant)), max_results=1
    )
    with vision.ImageClassifier.create_from_options(options) as classifier:
        result = classifier.classify(mediapipe.Image(mediapipe.ImageFormat.SRGB, np.ascontiguousarray(photo)))
    top = result.classifications[0].categories[0]

    scores = np.asarray(exported.model(photo[np.newaxis] / np.float32(127.5) - 1))[0]
    assert top.category_name == to_text([NAMES[int(scores.argmax())]]).removesuffix("\n")
    assert top.score == pytest.approx(float(scores.max()), abs=0.02 if variant == "float32" else 0.1)
