"""`builder calibrate` and `builder npu`: exit codes, JSON alone on stdout, messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from builder.__main__ import run
from builder.npu import compiling
from tests.truth.builds import a_build

REPORT_ONE = ["calibrate", "--device", "NUCLEO-L4R5ZI", "--measured-ms", "91.5"]
DIALS = ["--alpha", "0.25", "--resolution", "96", "--classes", "2"]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """State of its own for each test, and a working folder without builds."""
    monkeypatch.setenv("BUILDER_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "state" / "latencies.jsonl"


def test_without_builds_there_is_nothing_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["calibrate"]) == 0
    assert "nothing to compare yet" in capsys.readouterr().out


def test_calibrate_shows_each_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_build(tmp_path / "exports", "hands-1")
    a_build(tmp_path / "exports", "old-2", estimated=False, trained=False)
    assert run(["calibrate", "--exports", str(tmp_path / "exports")]) == 0
    out = capsys.readouterr().out
    rows = {tuple(line.split()[:3]): line for line in out.splitlines()}
    assert "−0.15 %" in rows["flash", "int8", "1"]  # 256,000 / 256,392
    assert "0 %" in rows["flash", "int8_micro", "1"]
    assert ("parameters", "all", "10") in rows
    row = next(line for line in out.splitlines() if line.startswith("hands-1") and " int8 " in line)
    assert "99.0 %" in row
    assert row.endswith("points")
    assert "+" in row.split("%")[2]  # measured lies above the prior
    assert not any(line.startswith("old-2") for line in out.splitlines())
    assert "before they were kept there: old-2." in out
    assert "so no accuracy to compare: old-2." in out


def test_calibrate_json_is_one_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_build(tmp_path / "exports", "hands-1")
    assert run(["calibrate", "--exports", str(tmp_path / "exports"), "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["builds"] == ["hands-1"]
    flash = next(each for each in values["estimates"] if (each["estimate"], each["variant"]) == ("flash_bytes", "int8"))
    assert (flash["count"], flash["worst_error"]) == (1, pytest.approx(256_000 / 256_392 - 1))
    assert values["latencies"]["devices"] == []


def test_a_latency_of_the_dials_is_kept_and_shown_beside_its_band(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT_ONE, *DIALS, "--json"]) == 0
    recorded = json.loads(capsys.readouterr().out)["recorded"]
    assert recorded["network"] == {"alpha": 0.25, "resolution": 96, "channels": 3, "classes": 2}
    assert recorded["error"] == pytest.approx(recorded["predicted"]["typical"] / 91.5 - 1)
    assert run(["calibrate"]) == 0
    out = capsys.readouterr().out
    assert "91.5 ms" in out
    assert "NUCLEO-L4R5ZI" in out


def test_rho_takes_the_place_of_the_resolution(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT_ONE, "--alpha", "0.5", "--rho", "0.5", "--grayscale", "--json"]) == 0
    network = json.loads(capsys.readouterr().out)["recorded"]["network"]
    assert network == {"alpha": 0.5, "resolution": 112, "channels": 1, "classes": 10}


@pytest.mark.parametrize("named", [["--build", "hands-1f"], ["--build", "1f"], []])
def test_a_latency_of_a_build(tmp_path: Path, capsys: pytest.CaptureFixture[str], named: list[str]) -> None:
    a_build(tmp_path / "exports", "hands-1f")  # the only one, so it need not be named
    assert run([*REPORT_ONE, "--exports", str(tmp_path / "exports"), *named, "--json"]) == 0
    recorded = json.loads(capsys.readouterr().out)["recorded"]
    assert (recorded["build"], recorded["network"]["resolution"], recorded["variant"]) == ("hands-1f", 128, "int8_micro")


def test_a_device_alone_shows_only_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*REPORT_ONE, *DIALS]) == 0
    assert run(["calibrate", "--device", "Coral Dev Board", "--measured-ms", "3", *DIALS]) == 0
    capsys.readouterr()
    assert run(["calibrate", "--device", "coral dev board", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)["latencies"]["devices"]
    assert [(each["device"], len(each["rows"])) for each in shown] == [("Coral Dev Board", 1)]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--device", "NUCLEO-L4R5ZX", "--measured-ms", "9", *DIALS], "NUCLEO-L4R5ZI"),
        (["--device", "NUCLEO-L4R5ZI", "--measured-ms", "0", *DIALS], "above zero"),
        (["--device", "NUCLEO-L4R5ZI", "--measured-ms", "-1", *DIALS], "above zero"),
        (["--device", "NUCLEO-L4R5ZI", "--measured-ms", "nan"], "above zero"),
        (["--device", "NUCLEO-L4R5ZI", "--measured-ms", "fast"], "--measured-ms"),
        (["--measured-ms", "9", *DIALS], "--device"),
        (DIALS, "--measured-ms"),
        (["--device", "NUCLEO-L4R5ZI", "--build", "x"], "--measured-ms"),
        ([*REPORT_ONE[1:]], "--alpha"),
        ([*REPORT_ONE[1:], "--alpha", "0.25"], "--resolution"),
        ([*REPORT_ONE[1:], "--classes", "3"], "--alpha"),
        ([*REPORT_ONE[1:], "--alpha", "-1", "--resolution", "96"], "alpha"),
        ([*REPORT_ONE[1:], "--build", "absent"], "absent"),
        ([*REPORT_ONE[1:], "--build", "absent", *DIALS], "leave out"),
        ([*REPORT_ONE[1:], *DIALS, "--variant", "float16"], "float16"),
        (["--exports", "absent-folder"], "absent-folder"),
    ],
)
def test_bad_input_is_named_and_nothing_is_kept(
    arguments: list[str], named: str, own_state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["calibrate", *arguments]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert named in printed.err
    assert not own_state.exists()


def test_a_file_that_the_build_does_not_have_cannot_have_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_build(tmp_path / "exports", "hands-1")
    assert run([*REPORT_ONE, "--exports", str(tmp_path / "exports"), "--build", "hands-1", "--variant", "int4"]) == 2
    assert "it has float32" in capsys.readouterr().err


@pytest.mark.skipif(not compiling.is_installed(), reason="ethos-u-vela is not installed")
def test_npu_json_and_the_compiled_file(models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, output = str(models / "vww_96_int8.tflite"), tmp_path / "npu.tflite"
    assert run(["npu", file, "--device", "ethos-u55-128", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert (values["macs"], values["cpu_operators"], values["output"]) == (7_491_972, [], None)
    assert run(["npu", file, "--device", "FRDM-IMX93", "--output", str(output)]) == 0
    out = capsys.readouterr().out
    assert "7,491,972" in out
    assert "of the device's 2.0 GiB" in next(line for line in out.splitlines() if line.startswith("DRAM"))
    assert output.stat().st_size > 47_000  # at least the encoded weights


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["vww_96_float.tflite", "--device", "EK-RA8P1"], "float32"),
        (["imagenet_labels.txt", "--device", "EK-RA8P1"], "no .tflite"),
        (["absent.tflite", "--device", "EK-RA8P1"], "absent.tflite"),
        (["vww_96_int8.tflite", "--device", "EK-RA8P"], "EK-RA8P1"),
        (["vww_96_int8.tflite", "--device", "Raspberry Pi 4B"], "has none"),
        (["vww_96_int8.tflite", "--device", "EK-RA8P1", "--output", "absent/x.tflite"], "no folder"),
        (["vww_96_int8.tflite"], "--device"),
    ],
)
def test_npu_names_bad_input(models: Path, arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["npu", str(models / arguments[0]), *arguments[1:]]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert named in printed.err


def test_npu_without_vela_says_how_to_get_it(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(compiling, "is_installed", lambda: False)
    assert run(["npu", str(models / "vww_96_int8.tflite"), "--device", "EK-RA8P1"]) == 1
    assert "pip install ethos-u-vela" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["calibrate", "npu"])
def test_both_explain_themselves(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out
