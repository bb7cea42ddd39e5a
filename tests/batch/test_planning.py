"""What a batch would build: real photos, nothing trained."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from builder import planner, start
from builder.batch.file import Batch
from builder.batch.planning import BatchPlan, plan_batch
from builder.budget import Budget
from builder.data import Source, open_source
from builder.devices import find, load
from builder.events import Emit
from builder.latency import why_unknown
from tests.pace import slowness

SMALL = {"data": "digits", "init": "scratch", "resolution": 32}
PICO = "Raspberry Pi Pico"
CELLS = 1_000
CELLS_BUDGET_SECONDS = 0.5  # of processor time: 10,000 take 5 s at most
TRIES = 5


def states(plan: BatchPlan) -> list[str]:
    return [planned.state for planned in plan.cells]


def test_a_planned_cell_has_the_figures_of_the_planner_and_the_id_of_the_build(tmp_path: Path) -> None:
    plan = plan_batch(Batch(base=SMALL, grid={"alpha": [0.25, 0.5]}), tmp_path)
    source = open_source("digits")
    for planned in plan.cells:
        config = planned.cell.config
        expected = planner.plan(config, labels=source.classes)
        file = expected.variants["int8"]  # which the gate judges, and which a batch without a target shows at its end
        assert planned.variant == "int8"
        assert (planned.flash_bytes, planned.arena_bytes, planned.peak_ram_bytes) == (
            file.flash_bytes,
            file.arena_bytes,
            file.ram.typical,
        )
        assert (planned.multiply_adds, planned.parameters) == (expected.cost.multiply_adds, expected.cost.parameters)
        assert planned.build == start.prepare(config, tmp_path).run.id
        assert planned.is_to_build
    assert plan.counts() == {"new": 2, "unfinished": 0, "incomplete": 0, "done": 0, "duplicate": 0, "skipped": 0, "invalid": 0}


def test_what_fits_no_device_is_skipped_in_the_words_of_the_planner(tmp_path: Path) -> None:
    batch = Batch(base=SMALL, grid={"alpha": [0.25, 1.0]}, devices=["Arduino Nano 33 BLE Sense", PICO])
    small, large = plan_batch(batch, tmp_path).cells
    assert (small.skipped, small.fits) == ("", ("Arduino Nano 33 BLE Sense", PICO))
    assert large.fits == ()
    assert large.seconds is None
    for device in batch.devices:
        verdict = planner.plan(large.cell.config, classes=10, labels=open_source("digits").classes, budget=find(device))
        failing = next(check.text for check in verdict.variants["int8_micro"].checks if not check.fits)
        assert f"Does not fit {device} as int8_micro: {failing}" in large.skipped


def test_one_of_several_devices_is_enough_and_its_figures_are_shown(tmp_path: Path) -> None:
    batch = Batch(
        base=SMALL | {"alpha": 0.5}, devices=["Arduino Nano 33 BLE Sense", "Raspberry Pi 4B"], budget={"flash": "1200KiB"}
    )
    (tight,) = plan_batch(batch, tmp_path).cells
    assert tight.fits == ("Arduino Nano 33 BLE Sense", "Raspberry Pi 4B")
    wide = Batch(base=SMALL | {"alpha": 1.0}, devices=["Arduino Nano 33 BLE Sense", "Raspberry Pi 4B"])
    (planned,) = plan_batch(wide, tmp_path).cells
    assert (planned.fits, planned.variant, planned.arena_bytes) == (("Raspberry Pi 4B",), "int8", None)
    assert planned.latency_ms is not None


def test_limits_without_a_device_are_held_too(tmp_path: Path) -> None:
    batch = Batch(base=SMALL, grid={"alpha": [0.25, 0.5]}, budget={"flash": "300KiB", "ram": "64KiB"})
    small, large = plan_batch(batch, tmp_path).cells
    assert small.skipped == ""
    assert large.skipped.startswith("Does not fit the budget as int8_micro: flash: ")
    assert small.flash_bytes is not None
    assert large.flash_bytes is not None
    assert small.flash_bytes <= 300 * 1024 < large.flash_bytes


def test_a_file_that_the_device_does_not_run_is_told(tmp_path: Path) -> None:
    (planned,) = plan_batch(Batch(base=SMALL | {"variants": ["float16"]}, devices=[PICO]), tmp_path).cells
    runs = ", ".join(find(PICO).precisions)
    assert planned.skipped == f"Does not fit {PICO} as float16: unsupported: {PICO} does not run float16; it runs {runs}."


def test_a_reserve_is_taken_off(tmp_path: Path) -> None:
    budget = Budget.of(find(PICO), reserve_ram="240KiB")
    assert budget.model_ram_bytes == 24 * 1024
    (planned,) = plan_batch(Batch(base=SMALL, devices=[PICO], budget={"reserve_ram": "240KiB"}), tmp_path).cells
    assert f"of {24:.1f} KiB" in planned.skipped


def test_the_same_build_twice_is_built_once(tmp_path: Path) -> None:
    batch = Batch(base=SMALL, grid={"gate.mode": ["report", "off"], "seed": [1, 1, 2]})
    plan = plan_batch(batch, tmp_path)
    assert states(plan) == ["new", "duplicate", "new", "duplicate", "duplicate", "duplicate"]
    assert [planned.skipped[:30] for planned in plan.cells if planned.skipped] == [
        "The same build as number 1, an",
        "The same build as number 1, an",
        "The same build as number 1, an",
        "The same build as number 3, an",
    ]
    assert [planned.cell.number for planned in plan.to_build] == [1, 3]


def test_what_is_done_or_begun_is_known(tmp_path: Path) -> None:
    batch = Batch(base=SMALL, grid={"seed": [0, 1, 2]})
    done, begun, _ = plan_batch(batch, tmp_path).cells
    (tmp_path / f"renamed-{done.build}").mkdir()
    (tmp_path / f"renamed-{done.build}" / "report.json").write_text("{}")
    (tmp_path / f"digits-{begun.build}").mkdir()
    plan = plan_batch(batch, tmp_path)
    assert states(plan) == ["done", "unfinished", "new"]
    assert [planned.seconds is None for planned in plan.cells] == [True, False, False]


def test_files_that_a_finished_build_lacks_are_work_with_a_time_of_its_own(tmp_path: Path) -> None:
    whole, trained = Batch(base=SMALL), Batch(base=SMALL, exports={"resolutions": [48], "bundle": True})
    (planned,) = plan_batch(whole, tmp_path).cells
    folder = tmp_path / f"digits-{planned.build}"
    folder.mkdir()
    (folder / "report.json").write_text("{}")
    assert states(plan_batch(whole, tmp_path)) == ["done"]
    plan = plan_batch(trained, tmp_path)
    assert (states(plan), plan.counts()["incomplete"], len(plan.to_build)) == (["incomplete"], 1, 1)
    assert planned.seconds is not None
    assert 0 < plan.seconds().typical < planned.seconds.typical


def test_a_finished_build_is_kept_although_it_fits_nothing(tmp_path: Path) -> None:
    batch = Batch(base=SMALL | {"alpha": 1.0}, devices=[PICO])
    (planned,) = plan_batch(batch, tmp_path).cells
    assert planned.skipped
    (tmp_path / f"digits-{planned.build}").mkdir()
    (tmp_path / f"digits-{planned.build}" / "report.json").write_text("{}")
    (again,) = plan_batch(batch, tmp_path).cells
    assert (again.state, again.skipped) == ("done", "")


def test_an_exports_folder_that_is_not_there_has_no_builds_and_is_not_made(tmp_path: Path) -> None:
    plan = plan_batch(Batch(base=SMALL), tmp_path / "none")
    assert states(plan) == ["new"]
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_used_spoils_its_own_cells_only(tmp_path: Path) -> None:
    batch = Batch(
        base=SMALL,
        include=[
            {"seed": 1},
            {"data": str(tmp_path / "vanished")},
            {"init": str(tmp_path / "absent.keras")},
            {"init": "imagenet", "alpha": 0.3},
            {"classes": 7},
            {"alpha": "big"},
        ],
    )
    plan = plan_batch(batch, tmp_path)
    sound, *broken = plan.cells
    assert sound.is_to_build
    for planned, said in zip(
        broken, ("There are no photos at", "is no file", "not for 0.3", "expect 7 classes, but digits has 10", "alpha"), strict=True
    ):
        assert said in planned.skipped
        assert (planned.build, planned.flash_bytes, planned.seconds) == ("", None, None)
    assert (plan.counts()["skipped"], plan.counts()["invalid"]) == (0, 5)


def test_two_sets_of_photos_are_listed_once_each(hands: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = tmp_path / "hands"
    for name in ("0", "1"):
        (few / name).mkdir(parents=True)
        for photo in sorted((hands / name).glob("*.JPG"))[:4]:
            shutil.copy(photo, few / name)
    opened = []

    def counting(data: str, test_data: str | None = None, *, emit: Emit) -> Source:
        opened.append(data)
        return open_source(data, test_data, emit=emit)

    monkeypatch.setattr("builder.batch.inputs.open_source", counting)
    plan = plan_batch(Batch(base=SMALL, grid={"data": ["digits", str(few)], "seed": [0, 1, 2]}), tmp_path / "exports")
    assert opened == ["digits", str(few)]
    assert states(plan) == ["new"] * 6
    digits, small = plan.cells[0], plan.cells[-1]
    assert digits.flash_bytes != small.flash_bytes  # ten class names against two
    assert len({planned.build for planned in plan.cells}) == 6


def test_a_warm_start_counts_by_its_content(models: Path, tmp_path: Path) -> None:
    model = models / "mobilenet_v1_0.25_224_float.tflite"
    copy = tmp_path / "copy.tflite"
    shutil.copy(model, copy)
    batch = Batch(base=SMALL | {"resolution": 96}, grid={"init": [str(model), str(copy), "scratch"]})
    assert states(plan_batch(batch, tmp_path / "exports")) == ["new", "duplicate", "new"]


def test_epochs_are_those_that_training_derives(tmp_path: Path) -> None:
    given, derived = plan_batch(Batch(base=SMALL, include=[{"training.epochs": 4}, {"seed": 1}]), tmp_path).cells
    assert given.epochs == 4
    assert derived.epochs == 45  # 2,000 steps of 45 batches: 1,797 photos, eight tenths of which train
    assert given.seconds is not None
    assert derived.seconds is not None
    assert given.seconds.typical < derived.seconds.typical


def test_a_dry_run_is_json_without_numbers_that_json_lacks(tmp_path: Path) -> None:
    batch = Batch(base=SMALL, include=[{"training.learning_rate": float("nan")}, {"alpha": 0.25}], devices=[PICO])
    values = json.loads(json.dumps(plan_batch(batch, tmp_path).to_json(), allow_nan=False))
    assert [cell["state"] for cell in values["cells"]] == ["new", "new"]
    assert values["cells"][0]["skipped"].startswith("training.learning_rate = nan")
    assert values["counts"] == {"new": 1, "unfinished": 0, "incomplete": 0, "done": 0, "duplicate": 0, "skipped": 0, "invalid": 1}
    assert values["cells"][1]["fits"] == [PICO]


def test_rules_that_match_nothing_are_told(tmp_path: Path) -> None:
    plan = plan_batch(Batch(base=SMALL, grid={"alpha": [0.25]}, exclude=[{"alpha": 0.3}]), tmp_path)
    assert plan.notes == ("Rule 1 under exclude (alpha 0.3) matches no cell of the grid.",)


def test_limits_that_nobody_can_check_are_told(tmp_path: Path) -> None:
    unknown = next(device for device in load() if device.flash_bytes is None and device.runs("int8"))
    plan = plan_batch(Batch(base=SMALL, devices=[unknown.name]), tmp_path)
    assert f"The flash of {unknown.name} is not known, so nothing is held against it; budget.flash gives it." in plan.notes
    told = plan_batch(Batch(base=SMALL, devices=[unknown.name], budget={"flash": "300KiB"}), tmp_path).notes
    assert not any(note.startswith("The flash") for note in told)
    slow = next(device for device in load() if device.runs("int8") and why_unknown(device, "int8"))
    timed = plan_batch(Batch(base=SMALL | {"variants": ["int8"]}, devices=[slow.name], budget={"latency": "1ms"}), tmp_path)
    assert any(note.startswith(f"The latency on {slow.name} is not held against its limit.") for note in timed.notes)
    assert timed.cells[0].is_to_build


def test_a_thousand_different_designs_are_planned_in_half_a_second(tmp_path: Path) -> None:
    plan_batch(Batch(base=SMALL), tmp_path)  # what is read or imported once
    taken = []
    for attempt in range(TRIES):
        alphas = [round(0.1 + 0.003 * step + 0.0001 * attempt, 4) for step in range(CELLS // 20)]
        batch = Batch(base=SMALL, grid={"alpha": alphas, "resolution": list(range(32, 72, 2))}, devices=[PICO])
        slow = slowness()
        began = time.thread_time()
        plan = plan_batch(batch, tmp_path)
        taken.append((time.thread_time() - began) / slow)
        assert len(plan.cells) == CELLS
        if taken[-1] < CELLS_BUDGET_SECONDS:
            break
    assert min(taken) < CELLS_BUDGET_SECONDS
