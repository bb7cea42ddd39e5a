"""Values of widgets that last as long as the session: a page that is left takes its widgets' own values with it."""

from __future__ import annotations

from typing import Any

import streamlit as st

KEPT = "kept-values"


def key(place: str, name: str, default: Any) -> str:
    """The key of a widget, which shows what it was last set to; the widget takes no `value`, `index` or `default`.

    Args:
        place: of the widget, such as a page and a build.
        name: of the value.
        default: what it shows at first.
    """
    made = f"kept-{place}-{name}"
    kept: dict[str, Any] = st.session_state.setdefault(KEPT, {})
    if made in st.session_state:
        kept[made] = st.session_state[made]
    else:
        st.session_state[made] = kept.get(made, default)
    return made


def value(place: str, name: str, default: Any) -> Any:
    """What a widget was set to last, also inside of a callback."""
    made = f"kept-{place}-{name}"
    return st.session_state.get(made, st.session_state.get(KEPT, {}).get(made, default))
