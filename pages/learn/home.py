"""Home: what this is and where to begin."""

from __future__ import annotations

import streamlit as st

with st.container(width=760):
    st.title("KD Lab")
    st.markdown(
        """
Knowledge distillation trains a small network, the **student**, on the soft answers of a large one, the **teacher**.
Here a teacher, a student alone and a distilled student train for real while you watch, over several seeds, so that you
see when the teacher helps, when it does not, and how sure one can be.
Begin in the playground: a run is already there; move the temperature **T** or the weight **alpha** and press Start.
"""
    )
    st.page_link("lab/playground.py", label="Open the playground", icon=":material/play_arrow:")
