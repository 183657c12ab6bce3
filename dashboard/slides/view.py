"""What stands where on the page Slides: one starred view or pair, the steps, and the list with its order."""

from __future__ import annotations

import textwrap
from functools import partial
from urllib.parse import parse_qs

import streamlit as st

from dashboard.frame import components, load, lost, places, prose, starring, state, widgets
from dashboard.frame.presenting import PRESENT
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import is_dark
from dashboard.kit.table import twin
from dashboard.pairs import reader
from dashboard.slides import pictures, words
from dashboard.slides.load import load_pair, load_picture
from scpo.errors import InputError
from scpo.store.stars import PairStar, Star, ViewStar, moved

NOTES = "notes"
"""Key of the toggle = name of the URL parameter."""

STEPS, BANNER, NOTE = 6, 4, 8
"""Heights in rem of what stands around a slide while presenting."""

MOST_LETTERS = 90
"""Of a title in the list of slides."""


def show_page(selection: Selection) -> None:
    """Draw the page."""
    dataset = selection.scores[0]
    listed = starring.load_stars(dataset)
    on_stage = glossary.is_plain()
    if on_stage:
        st.html(pictures.ON_STAGE)
    if not listed:
        _empty(on_stage=on_stage)
        return
    number = _chosen(len(listed))
    star = listed[number - 1]
    with_notes = _steps(dataset, star, number, len(listed), on_stage=on_stage)
    widgets.write_address(places.SLIDE, str(number))
    noted = bool(star.note) and with_notes
    st.html(pictures.style(dark=is_dark(), height=_height(selection, on_stage=on_stage, noted=noted)))
    if isinstance(star, ViewStar):
        _view(dataset, star, on_stage=on_stage)
    else:
        _pair(selection, star, on_stage=on_stage)
    if noted:
        with st.container(border=True, key="slide_note"):
            st.markdown(text.plain(star.note).replace("\n", "  \n"))
    if not on_stage:
        _overview(dataset, listed, number)


def _height(selection: Selection, *, on_stage: bool, noted: bool) -> str:
    """Return the height of the slide in CSS: while presenting what the rest leaves."""
    around = STEPS + BANNER * load.info_of(selection).synthetic + NOTE * noted
    return f"calc(100vh - {around}rem)" if on_stage else "min(72vh, 46rem)"


def _empty(*, on_stage: bool) -> None:
    st.header(words.EMPTY)
    st.write(words.HOW)
    with st.container(horizontal=True):
        for name, label in ((places.FIRST, "Brief"), ("pairs", "Pairs")):
            st.page_link(places.page(name), label=label, icon=":material/star:")
        if on_stage:
            _leave()


def _chosen(total: int) -> int:
    """Return the number of the slide that is shown, from 1: on arrival the address says it."""
    if state.just_arrived():
        st.session_state[places.SLIDE] = state.arrived_with(places.SLIDE, st.session_state.get(places.SLIDE, "")) or "1"
    typed = str(st.session_state.get(places.SLIDE, "1"))
    number = int(typed) if typed.isascii() and typed.isdigit() else 0
    if not 1 <= number <= total:
        st.info(text.plain(f"There is no slide {typed}: there are {total}."))
    return min(max(1, number), total)


def _go(number: int, total: int) -> None:
    st.session_state[places.SLIDE] = str(min(max(1, number), total))


def _step(way: int, total: int) -> None:
    """Go on from the slide that is open, not from the one that was drawn: of two quick keys the second counts too."""
    typed = str(st.session_state.get(places.SLIDE, "1"))
    _go((int(typed) if typed.isascii() and typed.isdigit() else 1) + way, total)


def _steps(dataset: str, star: Star, number: int, total: int, *, on_stage: bool) -> bool:
    """Draw the buttons; return whether notes are shown."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="slide_steps"):
        for label, icon, key, shortcut, go, ended in (
            ("First", "first_page", "first_slide", "Home", partial(_go, 1, total), number == 1),
            ("Previous", "chevron_left", "previous_slide", "Left", partial(_step, -1, total), number == 1),
            ("Next", "chevron_right", "next_slide", "Right", partial(_step, 1, total), number == total),
            ("Last", "last_page", "last_slide", "End", partial(_go, total, total), number == total),
        ):
            if label == "Next":
                st.markdown(f"**{words.place(number, total)}**", width="content")
            st.button(
                label,
                icon=f":material/{icon}:",
                key=key,
                shortcut=shortcut,
                on_click=go,
                disabled=ended,
                type="tertiary",
            )
        if on_stage:
            lost.check("notes", NOTES, lost.is_switch)
            with_notes = st.toggle("Notes", key=NOTES, bind="query-params") if star.note else False
            _leave()
            return with_notes
        with (
            st.popover("Note", icon=":material/edit_note:", type="tertiary", key="slide_note_box"),
            st.form("slide_note_form", border=False),
        ):
            starring.note_buttons("slide", dataset, star)
        if isinstance(star, ViewStar):
            _alive(star)
        else:
            query = {places.PAIR: star.pair_id}
            st.page_link(places.page("pairs"), label="Open in Pairs", icon=":material/open_in_new:", query_params=query)
        st.button("Present", icon=":material/slideshow:", key="present_slides", type="primary", on_click=_present)
    starring.problem()
    return True


def _alive(star: ViewStar) -> None:
    """Link to where a view can be seen with the numbers of today."""
    if star.page in places.names():
        st.page_link(
            places.page(star.page),
            label="Live view",
            icon=":material/open_in_new:",
            query_params=parse_qs(star.query),
            help="The page this figure comes from, with what is known today.",
        )


def _present() -> None:
    st.session_state[PRESENT] = True


def _leave() -> None:
    st.button("Leave", icon=":material/close:", key="leave_slides", shortcut="Esc", type="tertiary", on_click=_left)


def _left() -> None:
    st.session_state[PRESENT] = False


def _view(dataset: str, star: ViewStar, *, on_stage: bool) -> None:
    try:
        view = starring.load_view(dataset, star.view)
    except InputError as error:
        st.warning(text.plain(f"This slide is gone: {error}. Remove it, and star the figure again."))
        return
    view = view.model_copy(update={"caption": f"{view.caption.removesuffix('.')}. {words.as_of(star.starred_at)}."})
    st.html(pictures.view_html(view, load_picture(star.view, view, dark=is_dark())))
    if on_stage:
        return
    figure = starring.figure_of(view, "slide")
    with st.expander(f"Table · {text.count(len(figure.table), 'row')}", icon=":material/table:"):
        components.table(twin(figure.table, figure.columns), "slide_table", f"Table of: {view.title}")


def _pair(selection: Selection, star: PairStar, *, on_stage: bool) -> None:
    slide = load_pair(selection, star.pair_id)
    if slide is None:
        st.warning(
            text.plain(f"Pair {star.pair_id} is not in these data any more. Remove its star, or choose other data.")
        )
        return
    stage = st.container()
    blurred = (
        slide.detail.flagged if on_stage else prose.show_warning(slide.detail.pair_id, flagged=slide.detail.flagged)
    )
    about = reader.facts(slide.detail, load.name_of(selection))
    source = components.data_caption(load.info_of(selection)).removeprefix(text.SAMPLE_BANNER).strip()
    with stage:
        source = f"{prose.warning(flagged=slide.detail.flagged)} {source}" if on_stage else source
        st.html(pictures.pair_html(slide, about, source, blurred=blurred))


def _overview(dataset: str, listed: list[Star], number: int) -> None:
    """Draw the list with what changes its order."""
    st.subheader("All slides")
    for place, star in enumerate(listed):
        with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"slide_row_{place + 1}"):
            for way, icon, name in ((-1, "arrow_upward", "up"), (1, "arrow_downward", "down")):
                st.button(
                    name.capitalize(),
                    icon=f":material/{icon}:",
                    key=f"slide_{name}_{place + 1}",
                    type="tertiary",
                    disabled=not 0 <= place + way < len(listed),
                    on_click=_move,
                    args=(dataset, star.key, place + way, number, len(listed)),
                )
            st.button(
                "Remove",
                icon=":material/delete:",
                key=f"slide_remove_{place + 1}",
                type="tertiary",
                on_click=starring.remove,
                args=(dataset, star.key),
            )
            st.button(
                text.plain(f"{place + 1} · {textwrap.shorten(star.title, MOST_LETTERS, placeholder=' …')}"),
                key=f"slide_open_{place + 1}",
                type="tertiary",
                on_click=_go,
                args=(place + 1, len(listed)),
            )
        if star.note:
            st.caption(text.plain(star.note).replace("\n", "  \n"))


def _move(dataset: str, key: str, place: int, number: int, total: int) -> None:
    """Move a slide; the one that is open stays open."""
    before = starring.load_stars(dataset)
    if starring.keep(dataset, lambda stars: moved(stars, key, place)):
        open_key = before[min(number, len(before)) - 1].key
        after = [one.key for one in starring.load_stars(dataset)]
        _go(after.index(open_key) + 1 if open_key in after else number, total)
