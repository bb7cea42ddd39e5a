"""`plan`, `fit` and `devices` on the command line: JSON, exit codes, messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from builder.__main__ import run
from builder.architecture import Network
from builder.flash import flash_bytes


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No exports of the checkout and no devices of the user's."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("BUILDER_DEVICES", raising=False)
    return tmp_path


def answer(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    assert run([*arguments, "--json"]) == code
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


def test_plan_holds_every_file_against_a_device(capsys: pytest.CaptureFixture[str]) -> None:
    values = answer(capsys, "plan", "--classes", "2", "--device", "pico")
    assert values["device"] == "Raspberry Pi Pico"
    assert values["variants"]["int8_micro"]["fits"] is True
    assert values["variants"]["int8_micro"]["latency_ms"]["low"] > 0
    assert values["variants"]["float16"]["fits"] is False


def test_plan_without_a_budget_has_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    values = answer(capsys, "plan", "--classes", "2")
    assert {(variant["fits"], variant["latency_ms"]) for variant in values["variants"].values()} == {(None, None)}


def test_labels_give_the_exact_size_and_the_number_of_classes(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (elsewhere / "labels.txt").write_text("Esche\nBuche\nEiche mit sehr langem Namen 🌳\n", encoding="utf-8")
    values = answer(capsys, "plan", "--labels", "labels.txt")
    labels = ["Esche", "Buche", "Eiche mit sehr langem Namen 🌳"]
    assert values["classes"] == 3
    assert values["variants"]["int8"]["flash_bytes"] == flash_bytes(Network(0.25, 96, classes=3), "int8", labels=labels)


def test_the_photos_give_labels(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from PIL import Image

    for number, name in enumerate(("ash", "a beech of some age")):
        (elsewhere / "trees" / name).mkdir(parents=True)
        for photo in range(3):
            Image.new("RGB", (40, 40), (photo, number, 90)).save(elsewhere / "trees" / name / f"{photo}.png")
    values = answer(capsys, "plan", "--data", "trees")
    expected = flash_bytes(Network(0.25, 96, classes=2), "float32", labels=["a beech of some age", "ash"])
    assert values["variants"]["float32"]["flash_bytes"] == expected
    assert answer(capsys, "fit", "--data", "trees", "--device", "pico")["photos"] == 6
    assert run(["plan", "--data", "trees", "--classes", "5"]) == 2
    assert "--classes" in capsys.readouterr().err


def test_sizes_counts_and_times_are_read_as_people_write_them(capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--flash", "1.5 MB", "--ram", "262144", "--multiply-adds", "7.5M", "--reserve-ram", "64KiB"]
    values = answer(capsys, "plan", "--classes", "2", *options)
    headroom = values["variants"]["int8_micro"]["headroom"]
    assert headroom["multiply_adds"] == pytest.approx(1 - 7_489_664 / 7_500_000, abs=1e-6)
    assert headroom["ram"] == pytest.approx(
        1 - values["variants"]["int8_micro"]["peak_ram_bytes"]["typical"] / (262_144 - 65_536), abs=1e-6
    )
    seconds = answer(capsys, "fit", "--classes", "2", "--device", "pico", "--latency", "2s")["candidates"][0]
    assert seconds["latency_ms"]["typical"] <= 2000


def test_fit_ranks_candidates(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "fit", "--classes", "10", "--flash", "1MiB", "--ram", "256KiB", "--photos", "2000")["candidates"]
    assert found[0]["expected_accuracy"] == max(candidate["expected_accuracy"] for candidate in found)
    assert all(candidate["warm_start"] for candidate in found)
    more = answer(capsys, "fit", "--classes", "10", "--flash", "1MiB", "--ram", "256KiB", "--any-alpha")["candidates"]
    assert len(more) > len(found)


def test_fit_takes_dials_that_are_held_still(capsys: pytest.CaptureFixture[str]) -> None:
    found = answer(capsys, "fit", "--classes", "2", "--device", "pico", "--rho", "0.5", "--alpha", "0.25")["candidates"]
    assert {(candidate["alpha"], candidate["resolution"]) for candidate in found} == {(0.25, 112)}


def test_nothing_fits_is_exit_code_3_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    values = answer(capsys, "fit", "--classes", "10", "--flash", "20KiB", code=3)
    assert values["candidates"] == []
    assert values["nothing_fits"]["devices"]
    assert run(["fit", "--classes", "10", "--flash", "20KiB"]) == 3
    assert "Nothing fits" in capsys.readouterr().out


def test_without_json_the_answers_are_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--classes", "2", "--device", "pico"]) == 0
    assert "Held against Raspberry Pi Pico" in capsys.readouterr().out
    assert run(["fit", "--classes", "2", "--device", "pico"]) == 0
    assert "Next step" in capsys.readouterr().out


def test_pictures_are_written(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--classes", "2", "--device", "pico", "--html", "plan.html", "--png", "plan.png"]) == 0
    assert run(["fit", "--classes", "2", "--device", "pico", "--html", "fit.html", "--png", "fit.png", "--json"]) == 0
    assert "<html" in (elsewhere / "plan.html").read_text(encoding="utf-8")
    assert "<html" in (elsewhere / "fit.html").read_text(encoding="utf-8")
    for name in ("plan.png", "fit.png"):
        assert (elsewhere / name).read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()


def test_devices_are_listed_filtered_and_searched(capsys: pytest.CaptureFixture[str]) -> None:
    everything = answer(capsys, "devices")["devices"]
    assert len(everything) >= 40
    assert all(device["source"] for device in everything)
    assert {device["kind"] for device in answer(capsys, "devices", "--class", "tpu")["devices"]} == {"tpu"}
    large = answer(capsys, "devices", "stm32", "--min-flash", "2MiB", "--precision", "int8_micro")["devices"]
    assert large
    assert all(device["flash_bytes"] >= 2 * 1024**2 for device in large)
    assert run(["devices", "m7"]) == 0
    assert "Teensy 4.1" in capsys.readouterr().out


def test_the_users_devices_are_planned_for(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = elsewhere / "mine.toml"
    file.write_text('[[device]]\nname = "My board"\nclass = "mcu"\nflash_bytes = "512KiB"\nram_bytes = "128KiB"\n')
    monkeypatch.setenv("BUILDER_DEVICES", str(file))
    assert answer(capsys, "plan", "--classes", "2", "--device", "my board")["variants"]["int8_micro"]["fits"] is True


DEVICE = '[[device]]\nname = "My board"\nclass = "mcu"\nflash_bytes = "512KiB"\nram_bytes = "128KiB"\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (DEVICE.replace('ram_bytes = "128KiB"\n', ""), "ram_bytes"),
        (DEVICE.replace('"512KiB"', "true"), "flash_bytes"),
        (DEVICE + DEVICE, "My board"),
        (DEVICE.replace("My board", "Raspberry Pi Pico"), "Raspberry Pi Pico"),
        ("device = 3", "[[device]]"),
        ("nonsense", "TOML"),
    ],
    ids=["missing", "type", "twice", "taken", "no table", "no TOML"],
)
def test_a_slip_in_the_users_devices_is_named(
    text: str, named: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "mine.toml").write_text(text)
    monkeypatch.setenv("BUILDER_DEVICES", str(elsewhere / "mine.toml"))
    assert run(["plan", "--classes", "2", "--device", "pico"]) == 2
    printed = capsys.readouterr()
    assert named in printed.err
    assert "Traceback" not in printed.err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["plan", "--flash", "-1"], "flash"),
        (["plan", "--flash", "0"], "flash"),
        (["plan", "--ram", "nan"], "RAM"),
        (["plan", "--ram", "inf"], "RAM"),
        (["plan", "--flash", "300 bananas"], "flash"),
        (["plan", "--flash", "1.5"], "flash"),
        (["plan", "--flash", "300K"], "KiB"),
        (["plan", "--flash", "10KiB"], "before a model is loaded"),
        (["plan", "--ram", "512 B"], "before a model is loaded"),
        (["plan", "--device", "STM32H747I-DISCO", "--flash", "60KiB"], "68.05"),
        (["plan", "--flash", "1MiB", "--reserve-flash", "1MiB"], "reserve"),
        (["plan", "--reserve-ram", "1MiB"], "reserve"),
        (["plan", "--latency", "50"], "device"),
        (["plan", "--device", "pico", "--latency", "nan"], "latency"),
        (["plan", "--device", "pico", "--latency", "-3ms"], "latency"),
        (["plan", "--device", "pico", "--latency", "soon"], "latency"),
        (["plan", "--multiply-adds", "0"], "mult-adds"),
        (["plan", "--multiply-adds", "-5M"], "mult-adds"),
        (["plan", "--multiply-adds", "lots"], "mult-adds"),
        (["plan", "--device", "Raspbery Pi Pcio"], "Raspberry Pi Pico"),
        (["plan", "--rho", "0.5", "--resolution", "96"], "rho"),
        (["plan", "--labels", "absent.txt"], "absent.txt"),
        (["plan", "--labels", "empty.txt"], "empty"),
        (["plan", "--labels", "three.txt", "--classes", "2"], "three.txt"),
        (["plan", "--html", "absent/plan.html"], "absent"),
        (["fit"], "--device"),
        (["fit", "--device", "Corstone-300"], "Corstone-300"),
        (["fit", "--device", "nothing like it"], "nothing like it"),
        (["fit", "--flash", "1MiB", "--rho", "0.5", "--resolution", "96"], "rho"),
        (["fit", "--flash", "1MiB", "--variant", "int4"], "int4"),
        (["fit", "--device", "pico", "--variant", "float16"], "float16"),
        (["fit", "--flash", "1MiB", "--photos", "0"], "photos"),
        (["fit", "--device", "Arduino Nicla Vision", "--latency", "5ms"], "clock"),
        (["devices", "raspbery"], "Raspberry"),
        (["devices", "--class", "fridge"], "fridge"),
        (["devices", "--min-flash", "big"], "--min-flash"),
        (["devices", "--precision", "int4"], "int4"),
    ],
    ids=" ".join,
)
def test_bad_input_is_named_with_exit_code_2(
    arguments: list[str], named: str, elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "empty.txt").write_text("")
    (elsewhere / "three.txt").write_text("a\nb\nc\n")
    if arguments[0] != "devices" and "--classes" not in arguments and "--labels" not in arguments:
        arguments = [*arguments, "--classes", "2"]
    assert run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert named.lower() in printed.err.lower()
    assert "Traceback" not in printed.err


@pytest.mark.parametrize("command", ["plan", "fit", "devices"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Example" in capsys.readouterr().out
