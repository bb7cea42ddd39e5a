"""A page opened by a link, without a browser, and what is read there."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

APP = Path(__file__).parents[2] / "app.py"
TIMEOUT_SECONDS = 120  # of a page's script on a busy machine; most take a tenth of a second


def opened(name: str, **link: str) -> AppTest:
    """A page, by the name of its file, opened by a link; empty values are left out of the link."""
    app = AppTest.from_file(str(APP), default_timeout=TIMEOUT_SECONDS)
    for key, value in link.items():
        if value:
            app.query_params[key] = value
    app.run()
    app.switch_page(f"ui/pages/{name}.py").run()
    assert not app.exception
    return app


def html(app: AppTest) -> str:
    """What stands on the page as HTML."""
    return "\n".join(str(each.proto.body) for each in app.get("html"))


def words(app: AppTest) -> str:
    """What stands on the page as text, HTML included."""
    elements = [*app.markdown, *app.subheader, *app.caption, *app.error, *app.warning, *app.info, *app.success]
    return "\n".join([*(str(each.value) for each in elements), html(app)]).replace("\\", "")
