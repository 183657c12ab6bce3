"""Stars: what of a data set is starred, the star of a figure with its note, and what a starred figure keeps.

Where nothing may be written, stars live in the session. A figure is drawn for its slide when it is starred, not before.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard.frame import load, people, places, sidebar, state, widgets
from dashboard.frame.presenting import PRESENT
from dashboard.frame.state import Selection
from dashboard.kit import exports, text
from dashboard.kit.figure import Figure
from dashboard.kit.live import Live
from dashboard.kit.table import Column
from scpo import results
from scpo.errors import ScpoError
from scpo.store import stars
from scpo.store.stars import MOST_NOTE, Change, Star, View, ViewStar

STARS, VIEWS = "_stars", "_starred_views"
"""Lists by data set and views by name, where nothing may be written."""

PROBLEM = "_star_problem"
SLIDE_SIZE = "Slide (1600 x 900)"
"""What a starred figure is drawn for; a name of `exports.SIZES`."""

NOT_KEPT = frozenset({PRESENT, places.SLIDE})
"""What of an address says how something is shown and not what."""


def load_stars(dataset: str) -> list[Star]:
    """Return what the person has starred, in order; where nothing may be written, what this session makes of it."""
    if not load.is_read_only():
        return stars.read_stars(results.open_store(), dataset, whose=people.person().key)
    kept: dict[str, list[Star]] = st.session_state.setdefault(STARS, {})
    if dataset not in kept:
        kept[dataset] = stars.read_stars(results.open_store(), dataset, whose=people.person().key)
    return kept[dataset]


def load_view(dataset: str, name: str) -> View:
    """Return what a starred view showed.

    Raises
    ------
    InputError
        If it is not there any more.
    """
    found: View | None = st.session_state.get(VIEWS, {}).get(name)
    if found is not None:
        return found
    return stars.read_view(results.open_store(), dataset, name, whose=people.person().key)


def keep(dataset: str, how: Change, *, views: Collection[tuple[str, View]] = ()) -> bool:
    """Change what is starred, and tell whether it could be kept; a failure is a sentence for `problem`."""
    try:
        if load.is_read_only():
            for _, view in views:
                stars.check_size(view)
            changed = how(load_stars(dataset))
            st.session_state.setdefault(VIEWS, {}).update(views)
            st.session_state[STARS][dataset] = changed
        else:
            stars.change(results.open_store(), dataset, how, views=views, whose=people.person().key)
    except (ScpoError, OSError) as error:
        st.session_state[PROBLEM] = f"The star could not be kept: {error}"
        return False
    return True


def problem() -> None:
    """Show once why a star could not be kept."""
    said = st.session_state.pop(PROBLEM, None)
    if said:
        st.error(text.plain(said), icon=":material/error:")


def keep_new(dataset: str, star: Star, note_key: str, *, views: Collection[tuple[str, View]] = ()) -> None:
    """Star something with the note of a text field."""
    note = st.session_state[note_key] or ""
    keep(dataset, lambda before: stars.noted(stars.with_star(before, star), star.key, note), views=views)


def keep_note(dataset: str, key: str, note_key: str) -> None:
    """Give a star the note of a text field."""
    note = st.session_state[note_key] or ""
    keep(dataset, lambda before: stars.noted(before, key, note))


def remove(dataset: str, key: str) -> None:
    """Take a star away."""
    keep(dataset, lambda before: stars.without(before, [key]))


def note_field(place: str, note: str) -> str:
    """Draw the field of a note; return its key."""
    key = widgets.showing(f"{place}_note", note)
    st.text_area(
        "Note",
        value=note,
        key=key,
        max_chars=MOST_NOTE,
        placeholder="What to say about it",
        help="Plain text: below the slide, while presenting if you ask for it, and in a report that has stars.",
    )
    return key


def show_star(figure: Figure, lazy: bool) -> None:
    """Draw the star of a figure, in a fragment: starring draws nothing else anew. A lazy one is filled once open."""
    if state.current().dataset is not None:
        st.fragment(_star)(figure, lazy)


def _star(figure: Figure, lazy: bool) -> None:
    selection = state.current()
    dataset, page = str(selection.dataset), state.page()
    star = _star_of(figure, dataset, page, selection)
    place = f"{figure.name}_star"
    box = popover(place, "Star", starred=star is not None, lazy=lazy)
    if lazy and not box.open:
        return
    with box, st.form(f"{place}_form", border=False):
        if star is None:
            st.caption("Becomes a slide that shows this figure as it is now.")
            note_key = note_field(place, "")
            asked = (figure, dataset, page, selection, note_key)
            st.form_submit_button("Star", key=f"{place}_new", type="primary", on_click=_keep_figure, args=asked)
        else:
            note_buttons(place, dataset, star)
        problem()


def popover(place: str, label: str, *, starred: bool, lazy: bool = False) -> Any:
    """Return the box that opens at a star; a lazy one knows whether it is open."""
    label, icon = (":orange[★] Starred", None) if starred else (label, ":material/star:")
    return st.popover(label, icon=icon, type="tertiary", key=place, on_change="rerun" if lazy else "ignore")


def note_buttons(place: str, dataset: str, star: Star) -> None:
    """Draw the note of a star in its form, with what can be done about both."""
    note_key = note_field(place, star.note)
    with st.container(horizontal=True):
        asked = (dataset, star.key, note_key)
        st.form_submit_button("Save note", key=f"{place}_save", type="primary", on_click=keep_note, args=asked)
        st.form_submit_button("Remove star", key=f"{place}_remove", on_click=remove, args=(dataset, star.key))


def _star_of(figure: Figure, dataset: str, page: str, selection: Selection) -> ViewStar | None:
    """Return the star of a figure as it is now; only where one of its name is starred its numbers are looked at."""
    same = [
        one
        for one in load_stars(dataset)
        if isinstance(one, ViewStar) and (one.page, one.figure) == (page, figure.name)
    ]
    if not same:
        return None
    name = view_name(figure, page, selection)
    return next((one for one in same if one.view == name), None)


def view_name(figure: Figure, page: str, selection: Selection) -> str:
    """Return the hash of what a figure shows: with other numbers or another setting it is another view."""
    causes = {
        "figure": [page, figure.name, *_headed(figure), figure.alt],
        "selection": [selection.model, selection.countries, selection.level, selection.setting],
        "table": _rows(figure),
    }
    return hashlib.sha256(json.dumps(causes, sort_keys=True).encode()).hexdigest()[:16]


def _rows(figure: Figure) -> dict[str, list[Any]]:
    """Return the table of a figure by column, as JSON values."""
    table = figure.table
    split = json.loads(table.to_json(orient="split", default_handler=str, double_precision=15))
    return {str(name): [row[i] for row in split["data"]] for i, name in enumerate(split["columns"])}


def _headed(figure: Figure) -> tuple[str, str]:
    """Return what stands above a slide of a figure, and what stands below that."""
    return (figure.finding, f"{figure.title}. {figure.subtitle}") if figure.finding else (figure.title, figure.subtitle)


def view_of(figure: Figure) -> View:
    """Return what a figure shows, drawn for a slide in both modes."""
    title, subtitle = _headed(figure)
    light, dark = (exports.spec_of(figure.for_file(SLIDE_SIZE, dark=dark)) for dark in (False, True))
    return View(
        figure=figure.name,
        title=title,
        subtitle=subtitle,
        caption=figure.caption,
        alt=figure.alt,
        how=figure.how,
        light=light,
        dark=dark,
        columns=[tuple(column) for column in figure.columns],
        table=_rows(figure),
        least_width=figure.least_width,
    )


def figure_of(view: View, name: str) -> Figure:
    """Return the figure of a starred view, under another name: as it was drawn, with its table.

    Parameters
    ----------
    name : str
        Key of its widgets and name of its files.
    """
    return Figure(
        name=name,
        draw=lambda dark: Live.of(view.dark if dark else view.light),
        title=view.title,
        subtitle=view.subtitle,
        caption=view.caption,
        alt=view.alt,
        how=view.how,
        table=pd.DataFrame(view.table),
        columns=[Column(*column) for column in view.columns],  # type: ignore[arg-type]
        least_width=view.least_width,
    )


def _keep_figure(figure: Figure, dataset: str, page: str, selection: Selection, note_key: str) -> None:
    """Star a figure as it is now, with its note."""
    star = ViewStar(
        view=view_name(figure, page, selection),
        figure=figure.name,
        title=_headed(figure)[0],
        page=page,
        query=address_of(selection),
    )
    keep_new(dataset, star, note_key, views=[(star.view, view_of(figure))])


def address_of(selection: Selection) -> str:
    """Return the query string at which the page that is shown can be seen again, also with other data by default."""
    asked = {name: value for name, value in st.query_params.to_dict().items() if name not in NOT_KEPT}
    chosen = {sidebar.DATASET: selection.dataset, sidebar.MODEL: selection.model}
    return urlencode(asked | {name: value for name, value in chosen.items() if value}, doseq=True)
