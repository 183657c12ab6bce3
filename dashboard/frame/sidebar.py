"""The sidebar: what every page shows. Each widget is bound to the URL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from dashboard.frame import asking, load
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from scpo import results
from scpo.data.countries import display_name
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo
from scpo.store.last_used import first_dataset, remember_used

DATASET, MODEL, COUNTRIES, LEVEL, SETTING = "data", "model", "countries", "interval", "setting"
"""Keys of the widgets = names of the URL parameters."""

_BEGUN = "_first_dataset"

_COPY_SHOWN = "<style>.st-key-link_address [data-testid=stCode] div { visibility: visible !important; }</style>"
"""The button that copies is shown before a mouse is near."""

LEVELS = {"95 %": 0.95, "80 %": 0.80}


def choose(datasets: dict[str, DatasetInfo], place: Any) -> Selection:
    """Draw the choices of the sidebar in their place and return what is chosen."""
    with place:
        for sentence in text.left_out(load.load_broken()):
            st.caption(f":material/broken_image: {sentence}")
        if not datasets:
            st.caption("No data set yet.")
            return Selection(fingerprint=load.fingerprint(None, None))
        dataset = asking.choose(
            "Data set",
            DATASET,
            list(datasets),
            index=list(datasets).index(_first(datasets)),
            on_change=_remember_dataset,
        )
        models = load.list_models(dataset)
        model = _model(models)
        countries = _countries(datasets[dataset])
        level = asking.segments(
            "Interval",
            LEVEL,
            list(LEVELS),
            default="95 %",
            help="Level of the intervals in texts and tables. The bars of the Brief always show both.",
        )
        selection = Selection(dataset, model, tuple(countries), LEVELS[level], load.fingerprint(dataset, model))
    return selection


def choose_setting(selection: Selection, place: Any) -> Selection:
    """Draw the picker of the setting and return the selection with it; nothing before the first finished run.

    It stands in the entry file, because only there the choice survives a change of the page.
    """
    if not load.has_runs(selection):
        return selection
    settings = load.load_setting_labels(selection)
    if not settings:
        return selection
    first = default_setting(list(settings), reference=load.REFERENCE_SETTING)
    with place:
        setting = asking.choose(
            "Setting",
            SETTING,
            settings,
            index=0 if first is None else list(settings).index(first),
            help="Method with its threshold τ and temperature β. A click on a point chooses it too.",
        )
    return replace(selection, setting=setting)


def _first(datasets: dict[str, DatasetInfo]) -> str:
    """Return the data set to begin with, the same for as long as a session lasts and the data set is there."""
    if st.session_state.get(_BEGUN) not in datasets:
        st.session_state[_BEGUN] = first_dataset(results.open_store(), datasets)
    return str(st.session_state[_BEGUN])


def _remember_dataset() -> None:
    if not load.is_read_only():
        remember_used(results.open_store(), st.session_state[DATASET])


def _model(models: list[str]) -> str | None:
    if not models:
        st.caption("Global model: none has scored this data set yet.")
        return None
    model = asking.choose("Global model", MODEL, models)
    return None if model is None else glossary.kept(model)


def default_setting(settings: Sequence[str], *, reference: str) -> str | None:
    """Return the setting to start with: the reference if it was run, else the first that filters and weights."""
    if not settings:
        return None
    if reference in settings:
        return reference
    return next((s for s in settings if s.startswith("scpo|")), settings[0])


def _countries(info: DatasetInfo) -> list[str]:
    """Draw the country picker with the number of users of each country; nothing chosen means every country."""
    users = info.users_per_country
    by_country = info.group == "country"
    name = display_name if by_country else str
    noun = "Countries" if by_country else "Communities"
    ordered = sorted(users, key=name)
    one = "country" if by_country else "community"
    options = {code: name(code) for code in ordered}
    chosen = asking.several(noun, COUNTRIES, options, noun=one, placeholder=f"All {noun.lower()}")
    shown, unit = chosen or ordered, SOURCES[info.source].unit
    total = sum(users[code] for code in shown)
    if len(shown) <= 12:
        several = "" if total == 1 else "s"
        st.caption(text.plain(" · ".join(f"{name(code)} {users[code]:,}" for code in shown) + f" {unit}{several}"))
    elif unit == "question":  # one question is answered by several countries, so their sum counts nothing
        st.caption(f"{len(shown)} {noun.lower()}, {total / len(shown):.0f} questions each on average")
    else:
        st.caption(f"{text.count(total, 'user')} in {len(shown)} {noun.lower()}")
    return chosen


def link(selection: Selection) -> None:
    """Offer the address of this very view, and say where the theme is chosen."""
    with st.sidebar:
        st.fragment(_link)(selection)
    st.sidebar.caption("Light or dark: menu at the top right.")


def _link(selection: Selection) -> None:
    """Draw the address anew whenever it is opened: sliders change it without the rest of the page."""
    with st.popover("Copy link", icon=":material/link:", type="tertiary", key="copy_link", on_change="rerun"):
        query = urlencode(_chosen(selection) | st.query_params.to_dict(), doseq=True)
        st.html(_COPY_SHOWN)
        with st.container(key="link_address"):
            st.code((st.context.url or "") + (f"?{query}" if query else ""), language=None, wrap_lines=True)
        st.caption("Opens this page with the same selection. The button at its right copies it.")


def _chosen(selection: Selection) -> dict[str, str]:
    """Return what an address leaves out where it is the default: another day, or elsewhere, another one may be."""
    if selection.dataset is None:
        return {}
    chosen = {
        DATASET: selection.dataset,
        LEVEL: next(said for said, level in LEVELS.items() if level == selection.level),
    }
    if selection.model is not None:
        chosen[MODEL] = str(selection.model)
    if selection.setting is not None:
        settings = load.load_setting_labels(selection)
        chosen |= {SETTING: settings[selection.setting]} if selection.setting in settings else {}
    return chosen
