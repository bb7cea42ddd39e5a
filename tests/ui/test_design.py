"""The design page, run as Streamlit runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from builder.data.known import Known, remember
from builder.devices import load
from ui import photos
from ui.choice import Choice

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture(autouse=True)
def exports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty folder of builds."""
    monkeypatch.setenv("BUILDER_EXPORTS", str(tmp_path / "exports"))


def opened(**query: str) -> AppTest:
    """The page at a link."""
    app = AppTest.from_file(str(APP), default_timeout=60)
    for name, value in query.items():
        app.query_params[name] = value
    return checked(app.run())


def checked(app: AppTest) -> AppTest:
    """The page, on which nothing was raised."""
    assert not app.exception, [each.value for each in app.exception]
    return app


def choice(app: AppTest) -> Choice:
    """What is chosen."""
    chosen: Choice = app.session_state["choice"]
    return chosen


def said(app: AppTest) -> str:
    """All HTML of the page, tags left out."""
    bodies = [each.proto.body for each in app.get("html")]
    return re.sub(r"<[^>]+>", " ", " ".join(body for body in bodies if "<style" not in body))


def test_the_page_says_at_once_whether_the_usual_design_fits() -> None:
    words = said(opened())
    assert "int8_micro fits ESP32-S3-DevKitC-1" in words
    assert "238.0 KiB" in words


def test_a_dial_changes_the_figures_and_the_choice() -> None:
    app = opened()
    before = said(app)
    checked(app.select_slider(key="bound-alpha").set_value(0.5).run())
    assert choice(app).alpha == 0.5
    assert said(app) != before
    checked(app.select_slider(key="bound-resolution").set_value(128).run())
    assert choice(app).resolution == 128


def test_the_address_carries_the_choice() -> None:
    app = opened()
    checked(app.select_slider(key="bound-alpha").set_value(0.5).run())
    assert app.query_params["alpha"] in ("0.5", ["0.5"])


def test_grayscale_and_classes_are_part_of_the_design() -> None:
    app = opened()
    checked(app.toggle(key="bound-grayscale").set_value(True).run())
    checked(app.number_input(key="bound-classes").set_value(12).run())
    assert choice(app).network().channels == 1
    assert choice(app).classes == 12


@pytest.mark.parametrize(
    "query", [{"alpha": "0.333", "resolution": "100"}, {"alpha": "2", "resolution": "2048"}, {"alpha": "0.001"}]
)
def test_a_link_may_carry_dials_that_no_slider_has(query: dict[str, str]) -> None:
    app = opened(**query)
    assert choice(app).to_query() == query
    assert app.select_slider(key="bound-alpha").value == choice(app).alpha


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"device": "", "flash": "0"}, "flash"),
        ({"device": "", "flash": "lots"}, "lots"),
        ({"flash": "1MiB", "reserve_flash": "1MiB"}, "leaves nothing"),
        ({"device": "", "latency_ms": "5"}, "device"),
        ({"device": "Toaster 3000"}, "Toaster 3000"),
    ],
)
def test_a_budget_that_cannot_be_used_leaves_the_figures_without_a_verdict(query: dict[str, str], words: str) -> None:
    text = said(opened(**query))
    assert "cannot be used" in text
    assert words in text
    assert "238.0 KiB" in text
    assert "--" not in text


def test_a_budget_of_ones_own_is_held_against() -> None:
    app = opened(device="")
    assert "No limits yet" in said(app)
    checked(app.text_input(key="bound-flash").set_value("100KiB").run())
    assert "does not fit the budget" in said(app)


def test_a_latency_of_zero_is_refused_in_words() -> None:
    app = opened()
    checked(app.number_input(key="bound-latency_ms").set_value(0.0).run())
    assert any("latency" in each.value for each in app.error)
    assert choice(app).latency_ms is None


@pytest.mark.parametrize("kind", sorted({each.kind for each in load()}))
def test_every_class_of_device_can_be_planned_for(kind: str) -> None:
    device = next(each.name for each in load() if each.kind == kind)
    app = opened()
    checked(app.selectbox(key="bound-device").set_value(device).run())
    assert device in said(app)


def test_a_precision_that_the_device_does_not_run_says_so_and_which_one_would() -> None:
    app = opened(variant="float16")
    assert "does not run float16" in said(app)
    checked(app.button(key="remedy-precision").click().run())
    assert "does not run float16" not in said(app).replace("does not run </span>", "")
    assert choice(app).variant not in ("", "float16")


def test_a_remedy_makes_it_fit() -> None:
    app = opened(alpha="1", resolution="96", device="", flash="1MiB")
    assert "does not fit" in said(app)
    checked(app.button(key="remedy-alpha").click().run())
    assert "fits the budget" in said(app)
    assert choice(app).alpha < 1


def test_where_no_dial_alone_is_enough_all_are_turned_together() -> None:
    app = opened(device="", alpha="1", resolution="224", flash="300KiB", ram="40KiB")
    checked(app.button(key="remedy-together").click().run())
    assert "may fit the budget" in said(app)


def test_best_fit_turns_both_dials_and_says_why() -> None:
    app = opened()
    checked(app.button(key="best-fit").click().run())
    assert (choice(app).alpha, choice(app).resolution) != (0.25, 96)
    assert any("Best fit" in each.value for each in app.markdown)
    assert "may fit ESP32-S3-DevKitC-1" in said(app)


def test_a_cheaper_design_can_be_taken_instead() -> None:
    app = opened()
    checked(app.button(key="best-fit").click().run())
    best = choice(app)
    checked(app.button(key="candidate-1").click().run())
    assert (choice(app).alpha, choice(app).resolution) != (best.alpha, best.resolution)


def test_best_fit_keeps_to_the_precision_that_was_asked_for() -> None:
    app = opened(variant="float32")
    checked(app.button(key="best-fit").click().run())
    assert choice(app).variant == "float32"


def test_where_nothing_fits_it_says_what_would() -> None:
    app = opened(device="", flash="16KiB", ram="20KiB")
    assert "Nothing fits" in said(app)
    checked(app.button(key="best-fit").click().run())
    assert any("Nothing fits" in each.value for each in app.warning)


def test_best_fit_without_a_limit_asks_for_one() -> None:
    app = opened(device="")
    checked(app.button(key="best-fit").click().run())
    assert any("choose a device" in each.value for each in app.warning)


@pytest.mark.parametrize("tab", ["By layer", "Why it is small", "Beside other networks", "Command line"])
def test_every_tab_opens(tab: str) -> None:
    app = opened()
    app.session_state["pictures"] = tab
    checked(app.run())
    shown = said(app) + " ".join(each.value for each in app.code)
    expected = {
        "By layer": "peak",
        "Why it is small": "depthwise",
        "Beside other networks": "SqueezeNet",
        "Command line": "builder build",
    }
    assert expected[tab] in shown


def test_photos_that_are_gone_are_told_and_the_page_stays() -> None:
    app = opened(data="/nowhere/<b>photos")
    assert any("cannot be read" in each.value for each in app.warning)
    assert "238.0 KiB" in said(app)


def test_photos_that_nobody_has_examined_are_neither_listed_nor_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    app = opened(data="digits", classes="10")
    assert app.session_state[photos.KEPT] == photos.Photos("digits")
    assert not app.warning
    assert "fits" in said(app)


def test_an_examination_gives_class_names_and_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    app = opened(data="digits", classes="10")
    remember("digits", Known(tuple("0123456789"), 1797, "ab"))
    checked(app.run())
    assert app.session_state[photos.KEPT] == photos.Photos("digits", tuple("0123456789"), 1797)


def test_the_names_of_classes_count_for_what_the_file_weighs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    without = said(opened(data="digits", classes="10"))
    remember("digits", Known(tuple(f"{number} {'long ' * 400}" for number in range(10)), 1797, "ab"))
    assert said(opened(data="digits", classes="10")) != without


def test_builds_are_looked_up_by_the_fingerprint_of_the_examination(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUILDER_CACHE_DIR", str(tmp_path / "cache"))
    asked = []
    monkeypatch.setattr("builder.history.builds_of", lambda exports, fingerprint: asked.append((exports, fingerprint)))
    remember("digits", Known(("0", "1"), 9, "cd"))
    opened(data="digits")
    assert asked == [(tmp_path / "exports", "cd")]


def test_what_was_wrong_with_photos_is_forgotten_when_it_is_right_again(tmp_path: Path) -> None:
    app = opened(data=str(tmp_path / "leaves"))
    assert app.warning
    (tmp_path / "leaves").mkdir()
    assert not checked(app.run()).warning


def test_a_band_that_reaches_over_the_limit_may_fit() -> None:
    app = opened(alpha="0.5", resolution="192")
    assert "int8_micro may fit ESP32-S3-DevKitC-1" in said(app)
    assert "may take up to" in said(app)
