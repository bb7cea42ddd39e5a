"""What metadata adds, held against the code that writes it."""

from __future__ import annotations

import flatbuffers
import pytest

from builder.architecture import Network
from builder.export import metadata as written
from builder.export.embed import embed
from builder.export.metadata_portable import pack
from builder.flash import metadata
from builder.flash.metadata import Texts

TEXTS = (
    Texts(),
    Texts("é", "", "", "Apache-2.0", "", ""),
    Texts("", "A cat, or none", "漢字", "", "1.2.0", "ab"),
    Texts("n", "four", "a" * 31, "MIT", "1", ""),
)


def described(texts: Texts, dtype: str, *, is_grayscale: bool = False) -> bytes:
    """The description that the exporter writes."""
    facts = written.ModelMetadata(
        ("a", "b"), texts.name, texts.description or "", texts.author, texts.license, texts.version, texts.config_hash
    )
    return pack(written.Described(facts, dtype, dtype, is_grayscale))


@pytest.mark.parametrize("dtype", ["float32", "uint8", "int8"])
@pytest.mark.parametrize("texts", TEXTS)
def test_the_description_has_the_bytes_that_the_exporter_writes(texts: Texts, dtype: str) -> None:
    length = len((texts.description or "").encode())

    counted = metadata.description_bytes(texts, length, has_ranges=dtype != "int8")

    assert counted == len(described(texts, dtype)) == len(described(texts, dtype, is_grayscale=True))


@pytest.mark.parametrize("name", ["", "n", "name", "a longer name"])
def test_the_head_has_the_bytes_that_embedding_adds(name: str) -> None:
    model = empty_model()
    texts = Texts(name, "")

    head = metadata.head_bytes(texts, 0, True, buffers=0, entries=0)

    assert head == len(embed(model, "TFLITE_METADATA", described(texts, "uint8"))) - len(model)


def empty_model() -> bytes:
    """A .tflite whose one graph is empty."""
    builder = flatbuffers.Builder(0)
    builder.StartObject(0)
    graph = builder.EndObject()
    builder.StartVector(4, 1, 4)
    builder.PrependUOffsetTRelative(graph)
    graphs = builder.EndVector()
    builder.StartObject(3)
    builder.PrependUOffsetTRelativeSlot(2, graphs, 0)
    builder.Finish(builder.EndObject(), b"TFL3")
    return bytes(builder.Output())


@pytest.mark.parametrize("labels", [("a", "b"), ("cat\n", "Häuser", "漢字", "x" * 500), ()])
def test_labels_take_the_bytes_of_their_zip(labels: tuple[str, ...]) -> None:
    assert metadata.label_bytes(labels, len(labels)) == len(written.with_labels(b"", labels))


@pytest.mark.parametrize("classes", [2, 9, 10, 11, 99, 100, 101, 1000, 1234])
def test_without_labels_numbers_are_assumed(classes: int) -> None:
    assert metadata.label_bytes(None, classes) == metadata.label_bytes([str(number) for number in range(classes)], classes)


def test_the_description_that_a_build_writes_is_assumed() -> None:
    network = Network(0.25, 96, 3, 10)

    assert metadata.description_length(network, Texts()) == len("MobileNet v1, alpha 0.25, 96 px, 10 classes.")
