"""Slots: as many as there are GPUs, taken once, freed by death."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from builder.errors import ConfigError, StorageError
from builder.jobs import restrict_to, slot_names, slots, try_slots, visible_gpus


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


def test_a_slot_is_held_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    with slots(1) as first:
        assert first == ["gpu-0"]
        with slots(2) as second:
            assert second == ["gpu-1"]
            assert try_slots(slot_names(), 1) == {}
    with slots(2) as both:
        assert both == ["gpu-0", "gpu-1"]


def test_waiting_for_a_slot_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    held = try_slots(["cpu-0"], 1)
    said: list[str] = []

    def free_when_polled(_: float) -> None:
        for file in held.values():
            file.close()

    def listen(event: str, /, **values: Any) -> None:
        said.append(f"{event}: {values['message']}")

    monkeypatch.setattr("builder.jobs.time.sleep", free_when_polled)
    with slots(1, emit=listen) as taken:
        assert taken == ["cpu-0"]
    assert len(said) == 1
    assert "Waiting for a free slot" in said[0]


def test_cuda_sees_only_the_slots_that_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    restrict_to(["gpu-1"])
    assert visible_gpus() == ["1"]


def test_slots_that_cannot_be_kept_name_the_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path))
    (tmp_path / "slots").write_text("no folder")
    with pytest.raises(StorageError, match="BUILDER_STATE_DIR"), slots(1):
        raise AssertionError
