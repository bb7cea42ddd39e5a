"""Sign-in: off unless it is configured; where it is, no page runs before somebody has signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
ONE = {"client_id": "builder", "client_secret": "s", "redirect_uri": "http://127.0.0.1:8501/oauth2callback", "cookie_secret": "c"}


def opened(secrets: dict[str, Any], monkeypatch: pytest.MonkeyPatch, exports: Path, user: dict[str, Any] | None = None) -> AppTest:
    """The app as a visitor meets it."""
    monkeypatch.setenv("BUILDER_EXPORTS", str(exports))
    if user is not None:
        monkeypatch.setattr("streamlit.user", Account(user))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    for name, value in secrets.items():
        app.secrets[name] = value
    return app.run()


class Account(dict[str, Any]):
    """`st.user` of somebody who has signed in, or not."""

    @property
    def is_logged_in(self) -> bool:
        return bool(self["is_logged_in"])


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hears whenever a page begins."""
    begun: list[str] = []

    def begin() -> list[object]:
        begun.append("a page")
        return []

    monkeypatch.setattr("ui.navigation.pages", begin)
    return begun


def test_without_the_section_there_is_no_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for secrets in ({}, {"other": {"key": "value"}}):
        app = opened(secrets, monkeypatch, tmp_path)
        assert not app.exception
        assert "Sign in" not in [button.label for button in app.button]
        assert app.title[0].value != "MobileNet builder"


def test_with_it_the_gate_is_shown_and_no_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: list[str]) -> None:
    app = opened({"auth": ONE}, monkeypatch, tmp_path, {"is_logged_in": False})
    assert not app.exception
    assert [button.label for button in app.button] == ["Sign in"]
    assert "asks everybody to sign in" in app.caption[0].value
    assert pages == []


def test_several_providers_have_a_button_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    common = {name: ONE[name] for name in ("redirect_uri", "cookie_secret")}
    app = opened({"auth": common | {"company": ONE, "<b>": ONE}}, monkeypatch, tmp_path, {"is_logged_in": False})
    assert [button.label for button in app.button] == ["Sign in with company", r"Sign in with \<b\>"]


def test_whoever_has_signed_in_sees_the_pages_and_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened({"auth": ONE}, monkeypatch, tmp_path, {"is_logged_in": True, "email": "*a*@b.example"})
    assert not app.exception
    assert app.title[0].value != "MobileNet builder"
    assert app.sidebar.caption[0].value == r"Signed in as \*a\*@b\.example"
    assert app.button(key="sign-out").label == "Sign out"


def test_a_sign_in_that_cannot_work_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: list[str]) -> None:
    from streamlit.errors import StreamlitAuthError

    def refuse(_: str | None) -> None:
        raise StreamlitAuthError("Authentication requires Authlib.")

    monkeypatch.setattr("streamlit.login", refuse)
    app = opened({"auth": ONE}, monkeypatch, tmp_path, {"is_logged_in": False})
    app.button(key="sign-in-").click().run()
    assert "Authlib" in app.error[0].value
    assert pages == []
