"""What a warm start accepts, and what it says about what it does not."""

from __future__ import annotations

import socket
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
import tf_keras

from builder.architecture import Network, layers
from builder.errors import ModelFileError
from builder.model import build
from builder.warm_start import apply, imagenet, resolve, seeded
from builder.warm_start.child import read_apart

NETWORK = Network(alpha=0.25, resolution=32, classes=4)
NO_PHOTOS = np.zeros((0, 32, 32, 3), np.uint8)


@pytest.fixture(scope="session")
def trained() -> Any:
    """A network with statistics of its own."""
    model = build(keras, layers(NETWORK), seed=9)
    seeded(model, 9)
    return model


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test asks a real server, or finds the user's weights."""
    monkeypatch.setattr(imagenet, "ADDRESS", "http://127.0.0.1:9/")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


def assert_same_backbone(one: Any, other: Any) -> None:
    """All weights but the classifier's are equal."""
    for left, right in zip(one.get_weights()[:-2], other.get_weights()[:-2], strict=True):
        np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("name", ["model.keras", "model.h5", "model.weights.h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")  # Keras calls its old format legacy
def test_keras_files_give_their_weights(trained: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    (trained.save_weights if "weights" in name else trained.save)(path)
    model = build(keras, layers(NETWORK), seed=1)
    apply(keras, model, resolve(str(path), NETWORK), NO_PHOTOS)
    assert_same_backbone(model, trained)


def test_the_twins_file_gives_its_weights(trained: Any, tmp_path: Path) -> None:
    twin = build(tf_keras, layers(NETWORK))
    twin.set_weights(trained.get_weights())
    twin.save_weights(tmp_path / "old.h5")
    model = build(keras, layers(NETWORK), seed=1)
    apply(keras, model, resolve(str(tmp_path / "old.h5"), NETWORK), NO_PHOTOS)
    assert_same_backbone(model, trained)


def test_a_model_around_keras_applications_gives_its_weights(trained: Any, tmp_path: Path) -> None:
    inner = keras.applications.MobileNet(alpha=0.25, input_shape=(32, 32, 3), weights=None, include_top=False)
    inner.set_weights(trained.get_weights()[:-2])
    pooled = keras.layers.GlobalAveragePooling2D()
    whole = keras.Sequential([keras.Input((32, 32, 3)), inner, pooled, keras.layers.Dense(7, "softmax")])
    whole.save(tmp_path / "whole.keras")
    model = build(keras, layers(NETWORK), seed=1)
    notes = apply(keras, model, resolve(str(tmp_path / "whole.keras"), NETWORK), NO_PHOTOS, "abcd")
    assert_same_backbone(model, trained)
    assert notes == ["The file's classifier has 7 classes, this build 4: it is replaced by a new one."]


@pytest.mark.parametrize(("labels", "kept"), [("a\nb\nc\nd\n", True), ("a\nb\nd\nc\n", False), (None, False)])
def test_the_classifier_is_kept_only_for_the_same_classes(trained: Any, tmp_path: Path, labels: str | None, kept: bool) -> None:
    trained.save_weights(tmp_path / "model.weights.h5")
    if labels:
        (tmp_path / "labels.txt").write_text(labels)
    model = build(keras, layers(NETWORK), seed=1)
    notes = apply(keras, model, resolve(str(tmp_path / "model.weights.h5"), NETWORK), NO_PHOTOS, ("a", "b", "c", "d"))
    assert np.array_equal(model.get_weights()[-2], trained.get_weights()[-2]) is kept
    assert ("kept" in notes[-1]) is kept
    assert ("replaced" in notes[-1]) is not kept


def test_colour_weights_serve_gray_photos(trained: Any, tmp_path: Path) -> None:
    trained.save_weights(tmp_path / "colour.weights.h5")
    gray = Network(alpha=0.25, resolution=32, channels=1, classes=4)
    model = build(keras, layers(gray))
    notes = apply(keras, model, resolve(str(tmp_path / "colour.weights.h5"), gray), NO_PHOTOS[..., :1])
    model.set_weights(model.get_weights()[:-2] + trained.get_weights()[-2:])
    photos = np.random.default_rng(0).uniform(-1, 1, (3, 32, 32, 1)).astype(np.float32)
    scores = trained.predict_on_batch(np.repeat(photos, 3, axis=3))
    np.testing.assert_allclose(model.predict_on_batch(photos), scores, atol=1e-5)
    assert any("summed up for gray" in note for note in notes)


def test_another_alpha_is_named(tmp_path: Path) -> None:
    build(keras, layers(Network(alpha=0.5, resolution=32, classes=2))).save_weights(tmp_path / "half.weights.h5")
    with pytest.raises(ModelFileError, match=r"alpha 0\.5; this build needs alpha 0\.25"):
        resolve(str(tmp_path / "half.weights.h5"), NETWORK)


def test_another_architecture_is_described(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((8, 8, 3)), *(keras.layers.Conv2D(4, 3) for _ in range(3))])
    model.save_weights(tmp_path / "plain.weights.h5")
    with pytest.raises(ModelFileError, match=r"no MobileNet v1.*3 convolutions and 0 depthwise ones.*14 and 13"):
        resolve(str(tmp_path / "plain.weights.h5"), NETWORK)


def bad_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Names and contents that no weights can be had from."""
    whole = folder / "whole.weights.h5"
    build(keras, layers(NETWORK)).save_weights(whole)
    content = whole.read_bytes()
    yield "empty.keras", b""
    yield "truncated.h5", content[: len(content) // 2]
    yield "head.h5", content[:8]
    yield "noise.tflite", b"\0\0\0\0TFL3" + np.random.default_rng(0).bytes(5000)
    yield "noise.keras", np.random.default_rng(1).bytes(5000)
    yield "cut.keras", b"PK\x03\x04" + bytes(100)
    yield "pickle.h5", b"\x80\x04\x95cos\nsystem\n."


def test_bad_files_are_messages(tmp_path: Path) -> None:
    for name, content in bad_files(tmp_path):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ModelFileError, match=name):
            resolve(str(path), NETWORK)


@pytest.mark.parametrize("init", ["missing.keras", "."])
def test_missing_files_and_folders_are_messages(init: str) -> None:
    with pytest.raises(ModelFileError, match=r"auto, scratch|\.keras"):
        resolve(init, NETWORK)


def test_a_zip_that_is_no_keras_file_is_a_message(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("cat/1.jpg", b"")
    with pytest.raises(ModelFileError, match=r"without model\.weights\.h5"):
        resolve(str(tmp_path / "photos.zip"), NETWORK)


def test_weights_that_point_at_other_files_are_refused(trained: Any, tmp_path: Path) -> None:
    trained.save_weights(tmp_path / "model.weights.h5")
    (tmp_path / "secret").write_bytes(bytes(864))
    with h5py.File(tmp_path / "model.weights.h5", "a") as file:
        del file["layers/conv2d/vars/0"]
        outside = [(str(tmp_path / "secret"), 0, 864)]
        file.create_dataset("layers/conv2d/vars/0", shape=(3, 3, 3, 8), dtype="f4", external=outside)
    with pytest.raises(ModelFileError, match="points at other files"):
        resolve(str(tmp_path / "model.weights.h5"), NETWORK)


def test_values_that_are_no_numbers_are_refused(trained: Any, tmp_path: Path) -> None:
    broken = build(keras, layers(NETWORK))
    broken.set_weights([value * np.nan for value in trained.get_weights()])
    broken.save_weights(tmp_path / "nan.weights.h5")
    with pytest.raises(ModelFileError, match="no numbers"):
        resolve(str(tmp_path / "nan.weights.h5"), NETWORK)


def test_a_reader_that_hangs_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "slow.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ModelFileError, match=r"within 0\.01 s"):
        read_apart(tmp_path / "slow.h5", seconds_max=0.01)


def test_a_reader_that_crashes_is_a_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "code" / "h5py.py"
    code.parent.mkdir()
    code.write_text("import os; os.abort()")
    monkeypatch.syspath_prepend(str(code.parent))
    (tmp_path / "crash.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    with pytest.raises(ModelFileError, match="the reader ended with -6"):
        read_apart(tmp_path / "crash.h5")


def test_auto_without_network_is_scratch_and_says_why() -> None:
    start = resolve("auto", NETWORK)
    assert start.kind == "scratch"
    assert "could not be fetched: Connection refused." in start.why  # the system's words, without its number
    assert "connected machine" in start.why
    assert "--init FILE" in start.why


def test_auto_says_that_no_weights_exist_for_the_alpha() -> None:
    start = resolve("auto", Network(alpha=0.3, resolution=32, classes=4))
    assert start.kind == "scratch"
    assert "alpha 0.25, 0.5, 0.75, 1" in start.why


def test_a_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent_server:
        monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{silent_server.getsockname()[1]}/")
        began = time.monotonic()
        with pytest.raises(imagenet.NotReachable):
            imagenet.fetch(NETWORK, lambda *_, **__: None, seconds_to_answer=0.2)
    assert time.monotonic() - began < 3


def test_imagenet_asked_for_without_network_says_what_to_do() -> None:
    with pytest.raises(ModelFileError, match=r"mobilenet_2_5_128_tf_no_top\.h5.*--init scratch"):
        resolve("imagenet", NETWORK)


def test_imagenet_weights_are_fetched_once(trained: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tf_keras.applications.MobileNet(alpha=0.25, input_shape=(32, 32, 3), weights=None, include_top=False)
    inner.set_weights(trained.get_weights()[:-2])
    inner.save_weights(tmp_path / imagenet.file_name(NETWORK))

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(imagenet, "ADDRESS", f"http://127.0.0.1:{server.server_port}/")
        first = resolve("auto", NETWORK)
        server.shutdown()
    monkeypatch.setattr(imagenet, "ADDRESS", "http://127.0.0.1:9/")
    again = resolve("imagenet", NETWORK)
    assert (first.kind, first.sha256) == ("imagenet", again.sha256)
    model = build(keras, layers(NETWORK), seed=1)
    notes = apply(keras, model, again, NO_PHOTOS)
    assert_same_backbone(model, trained)
    assert notes == ["The weights have no classifier: a new one for 4 classes is trained."]
    assert again.path is not None
    again.path.unlink()


@pytest.mark.parametrize(("resolution", "size"), [(32, 128), (144, 160), (176, 192), (224, 224), (512, 224)])
def test_imagenet_weights_of_the_next_resolution_are_taken(resolution: int, size: int) -> None:
    assert imagenet.file_name(Network(alpha=1.0, resolution=resolution)) == f"mobilenet_1_0_{size}_tf_no_top.h5"
