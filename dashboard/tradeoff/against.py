"""Is this gain real? The selected setting of the Trade-off against another one, paired, and the way to all of it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.frame import asking, places, sides
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.verdicts import compared
from scpo.results import MEAN
from scpo.results.sides import GLOBAL

AGAINST = "against"
"""Key of the picker = name of the URL parameter."""

CHOSEN = "chosen"
"""What the picker offers beside the sides: the setting that the rule chooses here."""

NAMED = {"all_country": "All-country", "true_country": "Recovered share", "excess": "Excess"}


def show_against(selection: Selection, rows: pd.DataFrame, setting: str) -> None:
    """Show the selected setting against another one, on the country or the mean that `rows` are of.

    Parameters
    ----------
    rows : DataFrame
        Of one country or of the mean, from `frame.load.load_settings`.
    """
    offered, names = sides.load_sides(selection), sides.side_names(selection)
    if setting not in offered:
        return
    options = {CHOSEN: "The ringed setting"}
    options |= {key: names[key] for key, one in offered.items() if one.kind in ("global", "setting", "model")}
    options.pop(setting)
    labels = {key: glossary.said(label) for key, label in options.items()}
    hint = "The difference is paired: both on the same pairs of the same people."
    asked = asking.choose("Against", AGAINST, labels, help=hint)
    other, note = _other(rows, setting, asked)
    found = sides.load_comparison(selection, (setting, other))
    here = found.table[found.table["country"] == rows["country"].iloc[0]]
    if here.empty:
        st.caption(text.plain(f"{names[other]} has no model here: choose another."))
        return
    row = here[here["subset"] == "all_country"].iloc[0]
    st.markdown(text.plain(compared(row, "this setting", _called(other, names, ringed=asked == CHOSEN))))
    rest = [f"{NAMED[one['subset']]} {text.difference_estimate(one, 'diff')}." for _, one in here.iterrows()]
    st.caption(text.plain(" ".join([*_corrected(row), *rest[1:]])))
    for said in note:
        st.caption(text.plain(said))
    st.page_link(
        places.page("compare"),
        label="Compare both",
        icon=":material/balance:",
        query_params=dict(zip(places.SIDES, (names[setting], names[other]), strict=False)),
    )


def _other(rows: pd.DataFrame, setting: str, asked: str) -> tuple[str, list[str]]:
    """Return the side that is asked for, and what has to be said of it."""
    if asked != CHOSEN:
        return asked, []
    ringed = rows.loc[rows["chosen"].fillna(False).astype(bool), "setting"]
    if ringed.empty or ringed.iloc[0] == setting:
        why = "No setting is ringed here" if ringed.empty else "This is the ringed setting"
        return GLOBAL, [f"{why}, so it stands against the global model."]
    return str(ringed.iloc[0]), ["The ring is the best of several on these people: part of its lead is luck."]


def _called(key: str, names: dict[str, str], *, ringed: bool) -> str:
    if key == GLOBAL:
        return "the global model"
    return "the ringed one" if ringed else names[key].partition(" (")[0]


def _corrected(row: pd.Series) -> list[str]:
    """Return the p-value in words with the size of its family; nothing where none was tested."""
    if pd.isna(row["holm"]) or glossary.is_plain():
        return []
    if row["country"] == MEAN:
        return [f"p {text.p_value(row['holm'])}, mean of {text.count(row['n_countries'], 'country', 'countries')}."]
    over = text.count(row["n_family"], "country", "countries")
    return [f"p {text.p_value(row['holm'])}, corrected over {over}."]
