"""Which NPU a name stands for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from builder import devices
from builder.errors import ConfigError
from builder.npu import compiling, target
from builder.npu.target import CONFIGURATIONS


def test_a_device_brings_its_npu_its_clock_and_its_memory() -> None:
    found = target("grove vision ai v2")
    assert (found.name, found.accelerator, found.clock_mhz) == ("Grove Vision AI V2", "ethos-u55-64", 400)
    assert found.flash_bytes == 16 * 1024**2
    assert "taken to be its core's" in found.note


def test_every_device_with_a_configuration_has_one_that_vela_knows() -> None:
    accelerators = {target(device.name).accelerator for device in devices.catalogue() if device.vela}
    assert accelerators
    assert accelerators <= set(CONFIGURATIONS)


@pytest.mark.skipif(not compiling.is_installed(), reason="ethos-u-vela is not installed")
def test_the_configurations_are_those_of_vela() -> None:
    said = subprocess.run([sys.executable, "-m", "ethosu.vela", "--help"], capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"ethos-u\d\d-\d+", said)) == set(CONFIGURATIONS)


def test_a_configuration_of_vela_needs_no_device() -> None:
    found = target("Ethos-U55-128")
    assert (found.accelerator, found.clock_mhz, found.ram_bytes) == ("ethos-u55-128", None, None)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Arduino Nano 33 BLE Sense", "it has no NPU"),
        ("Coral Dev Board", "Edge TPU"),
        ("NuMaker-M55M1", "--device ethos-u55-256"),
        ("Grove Vision V2", "Grove Vision AI V2"),
    ],
)
def test_a_device_that_vela_cannot_compile_for_says_why(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        target(name)


def test_a_users_device_with_a_wrong_configuration_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[device]]\nname = "Mine"\nclass = "npu"\nflash_bytes = 1\nram_bytes = 1\nvela = "ethos-u99"\n')
    monkeypatch.setenv("BUILDER_DEVICES", str(file))
    with pytest.raises(ConfigError, match="ethos-u99"):
        target("Mine")
