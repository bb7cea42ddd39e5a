"""Sign-in for shared servers, by Streamlit's own OpenID Connect support: off unless .streamlit/secrets.toml has [auth].

docs/sharing.md tells how to switch it on. Where it is configured and cannot work, nobody comes in.
"""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitAPIException, StreamlitSecretNotFoundError

from ui import parts

SECTION = "auth"
CLIENT = "client_id"  # named directly in [auth], or in [auth.<provider>] where there are several


def is_on() -> bool:
    """Whether visitors have to sign in."""
    try:
        return SECTION in st.secrets
    except StreamlitSecretNotFoundError as error:
        if getattr(error, "error_id", "no-secrets-found") == "no-secrets-found":
            return False
        raise  # a file that cannot be read may ask for a sign-in: nobody comes in


def providers() -> list[str]:
    """The names in [auth.<name>]; empty where there is one provider without a name."""
    section = st.secrets[SECTION]
    return [name for name in section if hasattr(section[name], "keys")] if CLIENT not in section else []


def is_passed() -> bool:
    """Whether this visitor may see the pages; shows the sign-in page where not. Called before any page runs."""
    if not is_on():
        return True
    if getattr(st.user, "is_logged_in", False):
        return True
    show()
    return False


def show() -> None:
    """The sign-in page."""
    parts.page_title("MobileNet builder", "This server asks everybody to sign in.")
    for name in providers() or [""]:
        label = f"Sign in with {parts.literal(name)}" if name else "Sign in"
        if st.button(label, icon=":material/login:", type="primary", key=f"sign-in-{name}"):
            enter(name)


def enter(provider: str) -> None:
    """Goes to the provider's page; says what is missing where that cannot work."""
    try:
        st.login(provider or None)
    except StreamlitAPIException as error:  # no Authlib, or a setting of [auth] that is missing
        parts.problem(f"Sign-in is not set up completely on this server: {error}")


def show_account() -> None:
    """Who is signed in, and the way out; nothing where no sign-in is needed."""
    if not is_on():
        return
    with st.sidebar:
        st.caption(f"Signed in as {parts.literal(str(st.user.get('email') or st.user.get('name') or 'a visitor'))}")
        st.button("Sign out", icon=":material/logout:", key="sign-out", on_click=st.logout)
