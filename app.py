"""The app's front door: page configuration and navigation, and nothing else. `builder app` runs it."""

from __future__ import annotations

# First of all: Altair and Streamlit look into pandas wherever they find it, and two visitors at once would find it half imported.
import pandas  # noqa: F401
import streamlit as st

from ui import navigation, session, sign_in
from ui.data import arriving

st.set_page_config(page_title="MobileNet builder", page_icon=str(navigation.ICON), layout="wide")
arriving.install()
session.begin()
if sign_in.is_passed():
    sign_in.show_account()
    st.navigation(navigation.pages(), position="top").run()
