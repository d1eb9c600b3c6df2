"""The script that Streamlit runs for every page: the frame of the page, and which pages there are."""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="KD Lab", page_icon="🎓", layout="wide")

page = st.navigation(
    [
        st.Page("learn/home.py", title="Home", default=True),
        st.Page("lab/playground.py", title="Playground", url_path="playground"),
        st.Page("lab/sweep.py", title="Sweep", url_path="sweep"),
    ],
    position="top",
)
page.run()
