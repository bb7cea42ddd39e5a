"""Slots: as many as there are GPUs, taken once, freed by death."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from builder.errors import ConfigError, StorageError
from builder.jobs import restrict_to, slot_names, try_slots, turn, visible_gpus
from builder.threads import sharing_gpu


def test_gpus_are_those_that_the_environment_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert visible_gpus() == ["2", "3"]
    assert slot_names() == ["gpu-2", "gpu-3"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert visible_gpus() == []


def test_a_machine_without_gpu_has_one_slot_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("BUILDER_SLOTS", raising=False)
    assert slot_names() == ["cpu-0"]
    monkeypatch.setenv("BUILDER_SLOTS", "3")
    assert slot_names() == ["cpu-0", "cpu-1", "cpu-2"]
    monkeypatch.setenv("BUILDER_SLOTS", "none")
    with pytest.raises(ConfigError, match="BUILDER_SLOTS"):
        slot_names()


def test_cuda_sees_only_the_slots_that_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    restrict_to(["gpu-1"])
    assert visible_gpus() == ["1"]


def test_builds_share_a_gpu_only_when_none_is_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setenv("BUILDER_PER_GPU", "2")
    assert slot_names() == ["gpu-0", "gpu-1", "gpu-0.1", "gpu-1.1"]
    monkeypatch.setenv("BUILDER_PER_GPU", "0")
    with pytest.raises(ConfigError, match="BUILDER_PER_GPU must be a whole number of at least 1"):
        slot_names()


def test_a_build_on_several_gpus_takes_one_slot_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    names = ["gpu-0", "gpu-1", "gpu-0.1", "gpu-1.1"]
    other = try_slots(["gpu-1"], 1)
    held = try_slots(names, 2)
    assert list(held) == ["gpu-0", "gpu-1.1"]
    last = try_slots(names, 2)
    assert list(last) == ["gpu-0.1"]
    for file in (*other.values(), *held.values(), *last.values()):
        file.close()


def test_a_worker_pinned_to_a_shared_gpu_keeps_it_build_after_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sharing_gpu({"BUILDER_STATE_DIR": str(tmp_path), "BUILDER_PER_GPU": "2"}, "1", 2).items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with turn(most=len(visible_gpus())) as other:
        for _ in range(2):
            with turn(most=len(visible_gpus())) as held:
                restrict_to(held)
            assert (other, held) == (["gpu-1"], ["gpu-1.1"])
            assert dict(os.environ) == before


def test_a_build_that_may_share_its_gpu_does_not_take_all_of_its_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUDA_VISIBLE_DEVICES", "TF_FORCE_GPU_ALLOW_GROWTH", "XLA_PYTHON_CLIENT_PREALLOCATE", "XLA_CLIENT_MEM_FRACTION"):
        monkeypatch.setenv(name, "")  # so that the test leaves none behind
        monkeypatch.delenv(name)
    restrict_to(["gpu-0"])
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in os.environ
    monkeypatch.setenv("BUILDER_PER_GPU", "2")
    restrict_to(["gpu-0.1"])
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert os.environ["XLA_CLIENT_MEM_FRACTION"] == "0.450"  # 0.9 / 2


def test_slots_that_cannot_be_kept_name_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    (tmp_path / "slots").write_text("no folder")
    with pytest.raises(StorageError, match="BUILDER_STATE_DIR"):
        try_slots(["cpu-0"], 1)
