"""The script that Streamlit runs for every page: the frame of the page, and which pages there are."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kd_core.messages import cut, shown
from pages.ui.address import (
    HIDES,
    MAX_ADDRESS,
    begin_visit,
    hidden,
    is_lecture,
    misread,
    read_frame,
    was_too_long,
    write_frame,
)
from pages.ui.again import page_begins, page_ends
from pages.ui.document import mend_page
from pages.ui.heading import next_page
from pages.ui.links import LAB, LEARN, SCRIPTS
from pages.ui.memory import keep_memory
from pages.ui.messages import paragraphs, plain
from pages.ui.numbers import count
from pages.ui.style import MARK, page_style
from pages.ui.words import LANGUAGES, language, words

st.set_page_config(page_title="KD Lab", page_icon="🎓", layout="wide")
st.logo(MARK, size="large")
page_begins()
read_frame()
frame = words("frame")
title = {name: frame(f"pages.{name}") for name in ("home", *LEARN, *LAB)}
page = st.navigation(
    {
        "": [st.Page(SCRIPTS["home"], title=title["home"], default=True)],
        frame("sections.learn"): [
            st.Page(SCRIPTS[name], title=title[name], url_path=name.replace("_", "-")) for name in LEARN
        ],
        frame("sections.lab"): [st.Page(SCRIPTS[name], title=title[name], url_path=name) for name in LAB],
    },
    position="top",
)


def _choose_lecture() -> None:
    st.session_state.lecture = "1" if st.session_state.lecture_switch else ""


with st.container(horizontal=True, key="frame", vertical_alignment="center"):
    st.session_state.lecture_switch = is_lecture()
    st.toggle(
        frame("lecture"), is_lecture(), key="lecture_switch", help=frame("lecture_help"), on_change=_choose_lecture
    )
    st.session_state.lang = st.session_state.lang if st.session_state.lang in LANGUAGES else "en"
    st.selectbox(
        frame("language"),
        list(LANGUAGES),
        list(LANGUAGES).index(st.session_state.lang),
        key="lang",
        format_func=LANGUAGES.__getitem__,
        label_visibility="collapsed",
        width=110,
    )
    mend_page(language())
page_style(lecture=is_lecture(), hidden=[name for name in hidden() if name in HIDES])
begin_visit(page.url_path)
complaints = st.container(key="complaints")
too_long = was_too_long()
page.run()
not_hidden = [name for name in hidden() if name not in HIDES]
wrong = misread() | ({"hide": (",".join(not_hidden), cut(", ".join(HIDES), 120))} if not_hidden else {})


def _unread(shown_as: Callable[[str], str]) -> list[str]:
    """What of the link was not understood, in sentences."""
    whole = [frame("too_long", most=count(MAX_ADDRESS))] if too_long else []
    return whole + [
        frame("misread", field=shown_as(name), value=shown_as(shown(text)), allowed=allowed)
        for name, (text, allowed) in wrong.items()
    ]


if too_long or wrong:
    unread = dict(zip(_unread(str), _unread(plain), strict=True))
    complaints.warning(paragraphs(unread, language()), icon=":material/link_off:")
next_page("home" if page.url_path == "" else page.url_path.replace("-", "_"))
keep_memory()
write_frame()
page_ends()
