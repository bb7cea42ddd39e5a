"""Slots: as many as there are GPUs, taken once, freed by death."""

from __future__ import annotations

from pathlib import Path

import pytest

from builder.errors import ConfigError, StorageError
from builder.jobs import restrict_to, slot_names, try_slots, visible_gpus


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


def test_slots_that_cannot_be_kept_name_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    (tmp_path / "slots").write_text("no folder")
    with pytest.raises(StorageError, match="BUILDER_STATE_DIR"):
        try_slots(["cpu-0"], 1)
