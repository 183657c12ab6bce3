"""The reader of the page Pairs: one pair, its verdicts in words, the steps to the next, its star."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.frame import components, load, places, prose, sides, starring
from dashboard.frame.state import Selection
from dashboard.kit import text, theme
from dashboard.pairs import listing, texts, words
from dashboard.pairs.filters import Listed
from scpo.methods import EXTERNAL_PREFIX
from scpo.results import pairs as engine
from scpo.results.sides import Side
from scpo.store.stars import PairStar, with_star


def show_reader(selection: Selection, listed: Listed, pair_id: str | None) -> None:
    """Show one pair with everything that is known about it."""
    ids = listed.ids
    place = listing.place_in(ids, pair_id)
    typed = st.session_state.get(places.PAIR, "")
    row = None if pair_id is None else listed.index.row(pair_id)
    if pair_id is None or row is None:
        if typed:
            st.warning(text.plain(f"There is no pair {typed} in these data."), icon=":material/search_off:")
        with st.container(horizontal=True, vertical_alignment="center"):
            _steps(ids, None)
            st.caption(text.plain("Choose a row to read a pair."))
        return
    detail = engine.read_pair(listed.scored, row)
    st.subheader(text.plain(f"Pair {pair_id}"), anchor=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="pair_steps"):
        _steps(ids, place)
        _star(listed.scored.info.name, pair_id)
        where = f"{place + 1:,} of {len(ids):,}" if place is not None else "not in the list under these filters"
        st.caption(text.plain(f"{where} · {facts(detail, load.name_of(selection))}"))
    tuned = tuned_gaps(listed.offered.values(), listed.index, detail.country, row)
    own = next(((sides.setting_words(one.name), gaps) for one, gaps in tuned if one.name == selection.setting), None)
    elsewhere = (selection.setting or "").startswith(EXTERNAL_PREFIX)
    objective = None if elsewhere else listed.objective
    _verdict(words.verdict(detail, objective, own, any_runs=any(one.models for one in listed.offered.values())))
    blurred = prose.show_warning(pair_id, flagged=detail.flagged)
    texts.show_texts(detail, own, blurred=blurred)
    _all_settings(detail, tuned)
    st.caption(text.plain(_source(selection, tuned)))


def _steps(ids: Sequence[str], place: int | None) -> None:
    """Draw the buttons to the pairs before and after."""
    before, after = listing.neighbours(ids, place)
    for label, target, way, icon, key, shortcut in (
        ("Previous", before, -1, ":material/chevron_left:", "previous_pair", "P"),
        ("Next", after, 1, ":material/chevron_right:", "next_pair", "N"),
    ):
        st.button(
            label,
            icon=icon,
            key=key,
            disabled=target is None,
            shortcut=shortcut,
            on_click=listing.step,
            args=(ids, way),
        )


def _star(dataset: str, pair_id: str) -> None:
    """Draw the star of the pair and the note beside it."""
    new = PairStar(pair_id=pair_id)
    star = next((one for one in starring.load_stars(dataset) if one.key == new.key), None)
    st.button(
        "Star" if star is None else "Starred",
        icon=":material/star_border:" if star is None else ":material/star:",
        key="star_pair",
        type="secondary" if star is None else "primary",
        shortcut="S",
        on_click=toggle_star,
        args=(dataset, pair_id),
        kwargs={"starred": star is None},
        help="Starred pairs are kept with the data, for the list, for slides and for reports.",
    )
    if star is not None:
        place = "pair_star"
        with (
            st.popover("Note", icon=":material/edit_note:", type="tertiary", key=place),
            st.form(f"{place}_form", border=False),
        ):
            starring.note_buttons(place, dataset, star)
    starring.problem()


def toggle_star(dataset: str, pair_id: str, *, starred: bool) -> None:
    """Star a pair or take its star away; a failure is a sentence on the page."""
    star = PairStar(pair_id=pair_id)
    if starred:
        starring.keep(dataset, lambda before: with_star(before, star))
    else:
        starring.remove(dataset, star.key)


def facts(detail: engine.PairDetail, name: Callable[[str], str]) -> str:
    """Write whose pair it is and where it stands in its conversation."""
    found = [name(detail.country) if detail.country else "no community"]
    found.append("test user" if detail.split == "test" else "training user")
    found += [value if value.isprintable() else repr(value) for value in detail.facets.values()]
    found += [f"turn {detail.turn + 1}"] if detail.turn is not None else []
    return " · ".join(found)


def tuned_gaps(
    offered: Iterable[Side], index: engine.PairIndex, country: str | None, row: int
) -> list[tuple[Side, np.ndarray]]:
    """Return the settings of the pair's own country with their gaps on it, one per run."""
    places = np.flatnonzero(index.test_rows == row)
    if not places.size:
        return []
    order = list(theme.METHODS)
    own = [one for one in offered if one.kind == "country" and one.trained_for == (country,)]
    own.sort(key=lambda one: order.index(one.models[0].objective.method))
    return [(one, one.gap[:, places[0]]) for one in own]


def _verdict(sentences: dict[str, str]) -> None:
    lines = [f"**{text.plain(who)}** {text.plain(said)}" for who, said in sentences.items()]
    with st.container(border=True, key="pair_verdict"):
        st.markdown("  \n".join(lines))


def _all_settings(detail: engine.PairDetail, tuned: list[tuple[Side, np.ndarray]]) -> None:
    """Show what every finished setting of the country makes of the pair."""
    if not tuned:
        return
    with st.expander(f"Under every setting of the country · {len(tuned)}", icon=":material/grid_view:"):
        components.table(setting_rows(detail.gap, tuned), "pair_settings", "Gap under each setting")


def setting_rows(before: float, tuned: list[tuple[Side, np.ndarray]]) -> pd.DataFrame:
    """Return one row per setting: the gap, its range over seeds, and what became of the pair."""
    means = [float(gaps.mean()) for _, gaps in tuned]
    return pd.DataFrame(
        {
            "Setting": [sides.setting_words(one.name) for one, _ in tuned],
            "Gap": [round(mean, 2) for mean in means],
            "Lowest": [round(float(gaps.min()), 2) for _, gaps in tuned],
            "Highest": [round(float(gaps.max()), 2) for _, gaps in tuned],
            "Outcome": [words.OUTCOMES[engine.outcome(before, mean)] for mean in means],
            "Seeds": [gaps.size if one.models[0].external is None else None for one, gaps in tuned],
        }
    )


def _source(selection: Selection, tuned: list[tuple[Side, np.ndarray]]) -> str:
    runs = [run for one, _ in tuned if one.name == selection.setting for run in one.runs]
    return components.caption(selection, runs).removeprefix(text.SAMPLE_BANNER).strip()
