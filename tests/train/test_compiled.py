"""Networks compiled once: the next training of the same shape computes what it would compute in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import OrderedDict
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tf_keras

from builder.architecture import Network, layers
from builder.config import Training
from builder.model import build
from builder.train import compiled as memory
from builder.train.compiled import KEPT_MOST, compiled, ready, structure
from builder.train.devices import Devices
from builder.train.network import TrainingNetwork
from builder.train.recipe import recipe

from .stripes import short_table

TRAINING = Training(epochs=2, batch_size=8)
RECIPE = recipe(TRAINING, 40, warm=False)
FLOAT32 = Devices("tensorflow", (), "float32")

PHOTOS = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3)).astype(np.uint8)
TARGETS = np.eye(2, dtype=np.float32)[np.arange(8) % 2]


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has compiled nothing yet."""
    monkeypatch.setattr("builder.train.compiled.kept", OrderedDict())
    monkeypatch.setattr("builder.train.compiled.kept_for_scoring", OrderedDict())


def trained(seed: int, devices: Devices = FLOAT32, steps: int = 3) -> tuple[TrainingNetwork, list[Any]]:
    """A network after some steps on the same photos, and everything that the steps changed."""
    model = build(keras, short_table(), seed=seed)
    with compiled(keras, model, TRAINING, RECIPE, devices) as network:
        for _ in range(steps):
            network.whole.train_on_batch(PHOTOS, TARGETS)
        scores = network.whole.get_metrics_result()
        return network, [*network.weights(), *network.optimizer_values(), *map(float, scores.values())]


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
def test_the_next_training_takes_the_network_up_and_computes_what_a_new_one_would(policy: str) -> None:
    devices = replace(FLOAT32, policy=policy)
    first, _ = trained(seed=1, devices=devices)
    second, values = trained(seed=2, devices=devices)
    assert second is first
    memory.forget()
    new, expected = trained(seed=2, devices=devices)
    assert new is not first
    for value, other in zip(values, expected, strict=True):
        np.testing.assert_array_equal(value, other)


def test_nothing_is_traced_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    traced = []
    original = keras.Model.train_step

    def counted(self: Any, *data: Any) -> Any:
        traced.append(self)
        return original(self, *data)

    monkeypatch.setattr(keras.Model, "train_step", counted)
    for seed in (1, 2):
        model = build(keras, short_table(), seed=seed)
        with compiled(keras, model, TRAINING, RECIPE, FLOAT32) as network:
            network.whole.fit(PHOTOS, TARGETS, verbose=0)
        assert len(traced) == 1


def test_what_changes_the_computation_is_compiled_anew() -> None:
    model = build(keras, short_table(), seed=1)
    asked = [
        (TRAINING, RECIPE, FLOAT32),
        (TRAINING, replace(RECIPE, learning_rate=0.5), FLOAT32),
        (TRAINING.model_copy(update={"freeze": True}), RECIPE, FLOAT32),
        (TRAINING, RECIPE, replace(FLOAT32, policy="mixed_bfloat16")),
    ]
    seen = []
    for training, plan, devices in asked:
        with compiled(keras, model, training, plan, devices) as network:
            seen.append(network)
    assert len(set(map(id, seen))) == len(asked)


def test_shapes_are_told_apart_and_seeds_are_not() -> None:
    shapes = [Network(alpha=alpha, resolution=resolution, classes=3) for alpha, resolution in ((0.25, 32), (0.5, 32), (0.25, 64))]
    assert len({structure(build(keras, layers(shape), seed=seed)) for shape in shapes for seed in (0, 1)}) == len(shapes)


def test_only_the_last_few_are_kept() -> None:
    model = build(keras, short_table(), seed=1)
    plans = [replace(RECIPE, learning_rate=rate) for rate in (0.1, 0.2, 0.3)]
    for plan in (*plans[:2], plans[0], plans[2]):  # the first is used again before the third comes
        with compiled(keras, model, TRAINING, plan, FLOAT32):
            pass
    assert [key[2].learning_rate for key in memory.kept] == [0.1, 0.3]
    assert len(memory.kept) == KEPT_MOST


def test_a_network_is_lent_once_and_not_kept_when_its_training_fails() -> None:
    model = build(keras, short_table(), seed=1)
    with compiled(keras, model, TRAINING, RECIPE, FLOAT32) as first, compiled(keras, model, TRAINING, RECIPE, FLOAT32) as second:
        assert first is not second
    with pytest.raises(ZeroDivisionError), compiled(keras, model, TRAINING, RECIPE, FLOAT32):
        raise ZeroDivisionError
    assert len(memory.kept) == 0


def test_the_twin_is_trained_in_place_and_never_kept() -> None:
    twin = build(tf_keras, short_table(), seed=1)
    with compiled(tf_keras, twin, TRAINING, RECIPE, FLOAT32) as network:
        assert network.core is twin
    assert len(memory.kept) == 0


def test_a_network_ready_to_score_takes_the_weights_of_the_next() -> None:
    models = [build(keras, short_table(), seed=seed) for seed in (1, 2)]
    alone = [np.asarray(model.predict(PHOTOS / 127.5 - 1, verbose=0)) for model in models]
    for model, expected in zip(models, alone, strict=True):
        with ready(model) as scoring:
            assert scoring is models[0]
            np.testing.assert_array_equal(scoring.predict(PHOTOS / 127.5 - 1, verbose=0), expected)
    with ready(models[0]) as first, ready(models[1]) as second:
        assert first is not second


BUILDS = """
import sys
from pathlib import Path
from builder.config import BuildConfig, Training
from builder.start import build
from builder.train import compiled
for seed in sys.argv[2:]:
    training = Training(epochs=2)
    config = BuildConfig(data="digits", alpha=0.25, resolution=32, init="scratch", seed=int(seed), training=training)
    print(build(config, sys.argv[1], capture_output=True).folder)
assert len(compiled.kept) <= 1
"""


def built(exports: Path, backend: str, *seeds: int) -> dict[str, str]:
    """Hashes of what the last of these builds left, all of them made by one new process."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILDS, str(exports), *map(str, seeds)],
        env=os.environ | {"KERAS_BACKEND": backend},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    folder = Path(done.stdout.splitlines()[-1])
    weights = keras.saving.load_model(folder / "model.keras").get_weights()
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.tflite"))}
    return digests | {"weights": hashlib.sha256(b"".join(value.tobytes() for value in weights)).hexdigest()}


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_a_build_after_another_equals_the_same_build_in_a_process_of_its_own(backend: str, tmp_path: Path) -> None:
    """Real digits, every file, byte for byte; two seeds differ, so that equal means something."""
    after_another = built(tmp_path / "together", backend, 0, 1)
    alone = built(tmp_path / "alone", backend, 1)
    other = built(tmp_path / "together", backend, 0)
    assert set(alone) > {"weights", "int8.tflite", "float32.tflite"}
    assert after_another == alone
    assert other["weights"] != alone["weights"]
    assert other["int8.tflite"] != alone["int8.tflite"]
