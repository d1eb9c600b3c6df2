"""What a page's link holds: fields, visits, and what was not understood."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.ui.address import MAX_ADDRESS, measure, option, place


def page(at: str = "one") -> None:
    """A page of three fields, as the frame draws it."""
    import streamlit as st

    from pages.ui.address import begin_visit, held, hold, measure, option, place, read_frame

    level, heat = option("one", "level", ("low", "high")), measure("one", "T", 4, 1, 20)
    digit = place("one", "digit", 0, 10)
    read_frame()
    begin_visit(st.session_state.get("at", "one"))
    if st.session_state.get("at", "one") == "one":
        st.radio("level", ("low", "high"), ("low", "high").index(held(level)), key=level.key)
        st.slider("T", 1.0, 20.0, float(held(heat)), key=heat.key)
        st.number_input("digit", 0, 9, held(digit), key=digit.key)
        hold(level, heat, digit)


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(page)
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def fields(app: AppTest) -> dict[str, Any]:
    return {name: value[0] if isinstance(value, list) else value for name, value in app.query_params.items()}


def test_a_link_fills_the_widgets_and_what_is_chosen_joins_the_address() -> None:
    app = opened(level="high", T="7.5")
    assert (app.radio[0].value, app.slider[0].value, app.number_input[0].value) == ("high", 7.5, 0)
    app.number_input[0].set_value(3).run()
    assert fields(app) == {"level": "high", "T": "7.5", "digit": "3"}
    app.radio[0].set_value("low").run()
    assert fields(app) == {"T": "7.5", "digit": "3"}  # as usual: left out


def test_what_was_chosen_stays_when_another_page_was_visited() -> None:
    app = opened()
    app.slider[0].set_value(9.0).run()
    app.session_state["at"] = "two"
    app.query_params.clear()
    app.run()
    assert not app.slider
    app.session_state["at"] = "one"
    app.run()
    assert app.slider[0].value == 9
    assert fields(app) == {"T": "9"}


def test_a_visit_by_a_link_has_what_the_link_says_and_nothing_of_before() -> None:
    app = opened()
    app.slider[0].set_value(9.0).run()
    app.session_state["at"] = "two"
    app.run()
    app.session_state["at"] = "one"
    app.query_params.clear()
    app.query_params["level"] = "high"
    app.run()
    assert (app.radio[0].value, app.slider[0].value) == ("high", 4)


def test_what_is_not_allowed_is_kept_to_be_told_until_it_is_corrected() -> None:
    app = opened(T="99", digit="x")
    assert (app.slider[0].value, app.number_input[0].value) == (4, 0)
    assert app.session_state.misread == {"T": ("99", "1 … 20"), "digit": ("x", "0 … 9")}
    app.slider[0].set_value(5.0).run()
    assert set(app.session_state.misread) == {"digit"}


def test_what_a_link_says_though_it_is_as_usual_begins_no_second_visit() -> None:
    app = opened(T="4", level="high")
    visit = app.session_state.visit
    app.session_state.written = (app.session_state.written[0], 0.0)  # long ago
    app.number_input[0].set_value(3).run()
    assert app.session_state.visit == visit
    assert app.number_input[0].value == 3


def test_the_first_run_of_a_session_leaves_the_address_alone() -> None:
    app = opened(T="4", level="high")
    assert fields(app) == {"T": "4", "level": "high"}  # it says so already; the browser is not ready for more
    app.run()
    assert fields(app) == {"level": "high"}


@pytest.mark.parametrize("text", ["0.9", "20.1", "nan", "warm", ""])
def test_a_measure_is_a_number_within_its_range(text: str) -> None:
    with pytest.raises(ValueError, match="1 … 20"):
        measure("p", "T", 4, 1, 20).read(text)


@pytest.mark.parametrize("text", ["-1", "10", "1.5", "²", "", "9" * 5000])
def test_a_place_is_a_whole_number_below_the_count(text: str) -> None:
    with pytest.raises(ValueError, match="0 … 9"):
        place("p", "digit", 0, 10).read(text)


def test_an_option_is_one_of_those() -> None:
    field = option("p", "level", ("low", "high"))
    assert (field.default, field.read("high")) == ("low", "high")
    with pytest.raises(ValueError, match="low, high"):
        field.read("middle")


def quick_page() -> None:
    """A page whose button moves its slider."""
    import streamlit as st

    from pages.ui.address import begin_visit, held, hold, measure, read_frame, set_widget

    heat, size = measure("one", "T", 4, 1, 20), measure("one", "size", 0, 0, 9)
    read_frame()
    begin_visit("one")
    st.button("hot", on_click=lambda: set_widget(heat.key, 12.0))
    st.slider("T", 1.0, 20.0, float(held(heat)), key=heat.key)
    st.slider("size", 0.0, 9.0, float(held(size)), key=size.key)
    if not st.session_state.get("cut_short"):
        hold(heat, size)


@pytest.fixture
def quick() -> AppTest:
    app = AppTest.from_function(quick_page).run()
    return app.run()  # its first run writes no address


def test_what_a_button_has_set_is_not_taken_back_by_a_browser_that_has_not_heard_of_it(quick: AppTest) -> None:
    quick.button[0].click().run()
    assert (quick.slider[0].value, fields(quick)) == (12.0, {"T": "12"})
    quick.query_params.clear()  # what the browser still shows, as it sends its visitor's next wish
    quick.slider[0].set_value(4.0)
    quick.slider[1].set_value(5.0).run()
    assert (quick.slider[0].value, quick.slider[1].value) == (12.0, 5.0)
    assert fields(quick) == {"T": "12", "size": "5"}


def test_nor_if_the_run_that_should_have_told_it_was_cut_short(quick: AppTest) -> None:
    quick.session_state["cut_short"] = True
    quick.button[0].click().run()
    assert (quick.slider[0].value, fields(quick)) == (12.0, {})
    quick.session_state["cut_short"] = False
    quick.slider[0].set_value(4.0)
    quick.slider[1].set_value(5.0).run()
    assert (quick.slider[0].value, fields(quick)) == (12.0, {"T": "12", "size": "5"})


def test_what_a_button_has_set_can_be_set_back_by_hand(quick: AppTest) -> None:
    quick.button[0].click().run()
    quick.slider[0].set_value(4.0).run()
    assert (quick.slider[0].value, fields(quick)) == (4.0, {})


def test_a_wish_of_a_browser_that_has_not_heard_of_the_button_counts_if_it_is_a_new_one(quick: AppTest) -> None:
    quick.button[0].click().run()
    quick.query_params.clear()
    quick.slider[0].set_value(6.0).run()
    assert quick.slider[0].value == 6.0


# What is too long, or nothing of ours


def test_of_an_address_that_is_too_long_nothing_is_read() -> None:
    app = opened(T="7.5", level="high", lang="de", hide="alpha", x="y" * MAX_ADDRESS)
    assert (app.radio[0].value, app.slider[0].value) == ("low", 4)
    assert (app.session_state.lang, app.session_state.hide) == ("", "")
    app.slider[0].set_value(9.0).run()
    assert fields(app) == {"T": "9"}


def test_that_it_was_too_long_is_known_as_long_as_the_visit_lasts() -> None:
    def frame() -> None:
        import streamlit as st

        from pages.ui.address import begin_visit, held, hold, measure, read_frame, was_too_long

        heat = measure("one", "T", 4, 1, 20)
        read_frame()
        begin_visit("one")
        st.text(f"too long: {was_too_long()}")
        st.slider("T", 1.0, 20.0, float(held(heat)), key=heat.key)
        hold(heat)

    for length, is_long in ((MAX_ADDRESS, True), (MAX_ADDRESS - 2, False)):
        app = AppTest.from_function(frame)
        app.query_params["x"] = "y" * length
        app.run()
        assert app.text[0].value == f"too long: {is_long}"
        app.slider[0].set_value(9.0).run().run()
        assert app.text[0].value == f"too long: {is_long}"
        assert fields(app) == {"T": "9"}
    app.query_params.clear()
    app.query_params["T"] = "7"
    assert app.run().text[0].value == "too long: False"


def listening() -> None:
    """A page that hears what a component says."""
    import streamlit as st

    from pages.ui.address import measure, place, take

    state = st.session_state
    if "said" in state:
        take(state.said, measure("one", "T", 4, 1, 20), place("one", "digit", 0, 10))
    state.heard = (state.get("one_T"), state.get("one_digit"))


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ({"T": 7.5, "digit": "3"}, (7.5, 3)),
        ({"T": "", "digit": ""}, (4, 0)),
        ({"T": "0" * 10**6 + "7", "digit": "3" * 5000}, (None, None)),
        ({"T": {"T": 7}, "digit": [3]}, (None, None)),
        ({"T": None, "digit": True}, (None, None)),
        ({"T": 10**400, "digit": 1e400}, (None, None)),
        ("x" * 10**6, (None, None)),
        (["T", 7], (None, None)),
        (None, (None, None)),
    ],
)
def test_what_a_component_says_is_taken_only_if_it_is_short_and_allowed(said: Any, held: tuple[Any, Any]) -> None:
    app = AppTest.from_function(listening)
    app.session_state["said"] = said
    app.run()
    assert not app.exception
    assert app.session_state.heard == held
