"""The catalogue, the search, and what is said of a user's file that has a slip."""

from __future__ import annotations

import tomllib
from collections import Counter
from pathlib import Path

import pytest

from builder import devices
from builder.errors import ConfigError

BOARD = """
[[device]]
name = "My board"
class = "mcu"
core = "Cortex-M4"
clock_mhz = 100
flash_bytes = "512 KiB"
ram_bytes = 131072
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "devices.toml"


def test_there_are_targets_of_every_class() -> None:
    counted = Counter(device.kind for device in devices.catalogue())
    assert len(devices.catalogue()) >= 60
    assert set(counted) == set(devices.KINDS)
    assert counted["mcu"] >= 25
    assert counted["npu"] >= 8
    assert counted["phone"] >= 10


def test_every_device_has_a_source() -> None:
    assert all(len(device.source) > 10 for device in devices.catalogue())
    data = tomllib.loads(devices.CATALOGUE.read_text())
    assert all({"core", "clock_mhz", "flash_bytes", "ram_bytes", "precisions", "source"} <= set(entry) for entry in data["device"])


@pytest.mark.parametrize(
    ("name", "flash_bytes", "ram_bytes", "core", "clock_mhz"),
    [
        # mlcommons/tiny_results_v1.1: systems of STMicroelectronics, bosch and Krai; platformio boards; Zephyr boards.
        ("NUCLEO-L4R5ZI", 2 * 1024**2, 640 * 1024, "Cortex-M4", 120),
        ("NUCLEO-G0B1RE", 512 * 1024, 144 * 1024, "Cortex-M0+", 64),
        ("nRF5340 DK", 1024**2, 512 * 1024, "Cortex-M33", 128),
        ("Arduino Nano 33 BLE Sense", 983040, 256 * 1024, "Cortex-M4", 64),
        ("Raspberry Pi Pico", 2 * 1024**2, 264 * 1024, "Cortex-M0+", 133),
        ("STM32F746G-DISCO", 1024**2, 320 * 1024, "Cortex-M7", 216),
        ("ESP32-S3-DevKitC-1", 8 * 1024**2, 512 * 1024, "Xtensa-LX7", 240),
        ("EK-RA8P1", 1024**2, 1664 * 1024, "Cortex-M85", 1000),
        ("Google Pixel 8", 128 * 10**9, 8 * 1024**3, "Cortex-X3", 3000),
    ],
)
def test_published_memory_and_clocks(name: str, flash_bytes: int, ram_bytes: int, core: str, clock_mhz: float) -> None:
    device = devices.find(name)
    assert (device.flash_bytes, device.ram_bytes) == (flash_bytes, ram_bytes)
    assert (device.cpu.core, device.cpu.clock_mhz) == (core, clock_mhz)


def test_what_no_source_gives_is_unknown() -> None:
    assert devices.find("Himax WE-I Plus").flash_bytes is None
    assert devices.find("Arduino Nicla Vision").cpu.clock_mhz is None


def test_precisions() -> None:
    assert devices.find("Coral USB Accelerator").precisions == ("int8",)
    # TFLite Micro refuses float16 and dynamic files ("failed to allocate tensors"), tried with its interpreter.
    assert devices.find("NUCLEO-L4R5ZI").precisions == ("float32", "int8", "int8_micro")
    assert "int8_micro" not in devices.find("Google Pixel 8").precisions


def test_ethos_u_boards_name_velas_configuration() -> None:
    assert devices.find("Grove Vision AI V2").vela == "ethos-u55-64"
    assert devices.find("FRDM-IMX93").vela == "ethos-u65-256"
    assert devices.find("STM32N6570-DK").vela is None


@pytest.mark.parametrize("name", ["nucleo l4r5zi", "NUCLEO-L4R5ZI", "Nucleo_L4R5ZI"])
def test_case_and_punctuation_do_not_matter(name: str) -> None:
    assert devices.find(name).name == "NUCLEO-L4R5ZI"


def test_an_alias_finds_its_device() -> None:
    assert devices.find("RP2040").name == "Raspberry Pi Pico"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("NUCLEO-L4R5Z", "NUCLEO-L4R5ZI"), ("rasberry pi 4", "Raspberry Pi 4B"), ("esp32s33", "ESP32-S3-DevKitC-1")],
)
def test_a_misspelt_name_gets_the_nearest(wrong: str, right: str) -> None:
    with pytest.raises(ConfigError, match=right.replace("+", r"\+")):
        devices.find(wrong)


def test_a_name_like_no_other_is_refused_all_the_same() -> None:
    with pytest.raises(ConfigError, match="no device"):
        devices.find("zzzzqqqq")
    with pytest.raises(ConfigError, match="no device"):
        devices.find("")


def test_search_by_words_class_and_memory() -> None:
    assert {device.name for device in devices.search("jetson")} >= {"Jetson Nano", "Jetson Orin Nano 8GB"}
    assert all(device.kind == "mcu" for device in devices.search(kind="mcu"))
    large = devices.search("cortex-m7", min_flash=2 * 1024**2, min_ram=1024**2)
    assert {"NUCLEO-H7A3ZI-Q"} <= {device.name for device in large}
    assert all((device.flash_bytes or 0) >= 2 * 1024**2 for device in large)
    assert all("float16" in device.precisions for device in devices.search(precision="float16"))
    assert devices.search("no such words") == ()


@pytest.mark.parametrize("wrong", [{"kind": "mcus"}, {"precision": "int9"}])
def test_a_filter_that_does_not_exist_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="Did you mean"):
        devices.search("", **wrong)  # type: ignore[arg-type]


def test_a_users_device_joins_the_catalogue(own: Path) -> None:
    own.write_text(BOARD)
    device = devices.find("my board", devices.load(own))
    assert (device.flash_bytes, device.ram_bytes, device.cpu.library) == (512 * 1024, 131072, "cmsis-nn")
    assert device.precisions == ("float32", "int8", "int8_micro")


def test_the_environment_names_the_file_or_its_folder(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_text(BOARD)
    for place in (own, own.parent):
        monkeypatch.setenv("BUILDER_DEVICES", str(place))
        assert devices.find("My board").name == "My board"


def test_the_configuration_folder_is_read(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUILDER_DEVICES", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(own.parent))
    file = own.parent / "mobilenet-builder" / "devices.toml"
    assert devices.users_file() is None
    file.parent.mkdir()
    file.write_text(BOARD)
    assert devices.users_file() == file


def test_a_changed_file_is_read_again(own: Path) -> None:
    own.write_text(BOARD)
    assert devices.load(own)[-1].ram_bytes == 131072
    own.write_text(BOARD.replace("131072", "262144").replace("My board", "My larger board"))
    assert devices.load(own)[-1].ram_bytes == 262144


def test_unknown_may_be_said(own: Path) -> None:
    own.write_text(BOARD.replace("131072", '"unknown"'))
    assert devices.load(own)[-1].ram_bytes is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("ram_bytes = 131072", "", "ram_bytes is missing"),
        ('class = "mcu"', "", "class is missing"),
        ('name = "My board"', "", "name is missing"),
        ("ram_bytes = 131072", "ram_bytes = [1]", "ram_bytes must be"),
        ("ram_bytes = 131072", "ram_bytes = true", "ram_bytes must be"),
        ("ram_bytes = 131072", "ram_bytes = -1", "ram_bytes must be above zero"),
        ("ram_bytes = 131072", 'ram_bytes = "lots"', "ram_bytes must be a size"),
        ("clock_mhz = 100", 'clock_mhz = "fast"', "clock_mhz must be a number"),
        ("clock_mhz = 100", "clock_mhz = 0", "clock_mhz must be above zero"),
        ("clock_mhz = 100", "clock_mhz = nan", "clock_mhz must be above zero"),
        ("clock_mhz = 100", "clock = 100", 'unknown field "clock"'),
        ('class = "mcu"', 'class = "mcus"', "class must be one of"),
        ("clock_mhz = 100", 'precisions = ["int9"]', "precisions are of"),
        ("clock_mhz = 100", "precisions = [8]", "precisions must be"),
        ("clock_mhz = 100", "threads = 0", "threads must be"),
        ('name = "My board"', 'name = " "', "name is empty"),
    ],
)
def test_a_slip_is_named_with_file_device_and_field(own: Path, old: str, new: str, field: str) -> None:
    own.write_text(BOARD.replace(old, new))
    with pytest.raises(ConfigError) as caught:
        devices.load(own)
    message = str(caught.value)
    assert field in message
    assert str(own) in message
    assert "device" in message


def test_a_name_twice_is_refused(own: Path) -> None:
    own.write_text(BOARD + BOARD)
    with pytest.raises(ConfigError, match=r'"My board".*name is taken by another device'):
        devices.load(own)


def test_a_name_of_the_catalogue_is_refused(own: Path) -> None:
    own.write_text(BOARD.replace("My board", "nucleo-l4r5zi"))
    with pytest.raises(ConfigError, match="name is taken by the catalogue"):
        devices.load(own)


@pytest.mark.parametrize("text", ["[[device]\n", "device = 3\n", "", '[boards]\nname = "x"\n[[device]]\n', "\xff"])
def test_a_file_that_holds_no_devices_is_refused(own: Path, text: str) -> None:
    own.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match=r"devices\.toml"):
        devices.load(own)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no file of devices"):
        devices.load(tmp_path / "none.toml")


def test_runtimes_have_sources() -> None:
    found = devices.runtime(devices.find("ESP32-S3-DevKitC-1"))
    assert found is not None
    assert found.scratch_ram_bytes == 39 * 1024  # espressif's person_detection: (81 + 39) * 1024 of arena
    assert found.source
