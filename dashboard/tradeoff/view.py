"""The figures of the Trade-off: a chart with its words, its table and what a click on it changes."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import pandas as pd
import streamlit as st

from dashboard.frame import components, load, sidebar
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.exports import Room
from dashboard.kit.figure import Drawing, Figure, show
from dashboard.kit.table import twin
from dashboard.tradeoff import charts, chosen, columns, control_marks, controls, external, setting_labels, words
from dashboard.tradeoff.load import load_noise
from scpo.measures.frontier import Rule


class Look(NamedTuple):
    """How a trade-off is looked at: what the ring is, which axes, and the setting that is drawn strongly."""

    rule: Rule
    eps: float
    log: bool
    setting: str


def show_tradeoff(
    selection: Selection,
    rows: pd.DataFrame,
    look: Look,
    *,
    beside: pd.DataFrame,
    previews: pd.DataFrame | None = None,
    band: pd.DataFrame | None = None,
) -> None:
    """Show the settings of one country, or of the mean over countries; with previews as hollow, faint marks.

    `rows` and `band` are those of `load.with_choice` and `load.load_band`, `beside` the controls of
    `control_methods.load_controls`.
    """
    noise = load_noise(selection, rows)
    figure = tradeoff_figure(selection, rows, look, beside=beside, noise=noise, previews=previews, band=band)
    table = figure.table
    no_run = table["origin"].notna() if "origin" in table else table["setting"].isna()
    ids = ["" if one_without else one for one, one_without in zip(table["setting"], no_run, strict=True)]
    show(
        figure,
        on_click=partial(controls.after_point_click, shown=""),
        on_row=lambda i: {} if ids[i].startswith("global|") or not ids[i] else {sidebar.SETTING: ids[i]},
    )


def tradeoff_figure(
    selection: Selection,
    rows: pd.DataFrame,
    look: Look,
    *,
    beside: pd.DataFrame,
    noise: pd.DataFrame,
    previews: pd.DataFrame | None = None,
    band: pd.DataFrame | None = None,
) -> Figure:
    """Draw the settings of one country or of the mean; the arguments are those of `show_tradeoff` and the noise."""
    rule, eps, log, setting = look
    row = rows[rows["method"] != "global"].iloc[0]
    few = " Too few users: no colour, no verdict." if bool(rows["too_few_users"].any()) else ""
    table = pd.concat([rows, beside], ignore_index=True)
    hollow = "" if previews is None else " Hollow and faint: previews, last-layer estimates, not finetunes."
    explained = ("all_country", "true_country", "excess", "noise", "controls", "front", "interval", "mean", "few")
    return Figure(
        name="tradeoff",
        draw=lambda dark: charts.tradeoff_chart(
            rows, log=log, dark=dark, selected=setting, previews=previews, noise=noise, band=band, controls=beside
        ),
        title="All-country against true-country accuracy",
        finding=words.tradeoff_title(rows, rule),
        subtitle=f"{row['name']}, {text.sample_text(row, 'all_')}; seed means, crosshairs: "
        f"{words.interval(selection.level)}. Line: front; grey curve: noise; ring: {words.rule(rule, eps)}."
        f"{chosen.explained(rows, band, selection.level)}{few}{words.left_out(table, log=log)}{hollow}"
        f"{control_marks.sentence(beside, rows)}{external.stars(rows)}{setting_labels.sentence(rows)}",
        caption=components.caption(selection, text.all_runs(rows)),
        alt=f"Scatter plot of {text.count(len(rows), 'setting')}: recovered share against all-country accuracy, "
        "with the front.",
        how=text.how(*explained, *external.explained(rows), *([] if previews is None else ["preview"]), own=words.HOW),
        table=table,
        columns=columns.CHOSEN,
    )


def show_left_out(selection: Selection) -> None:
    """Say which models from elsewhere are not shown, and why."""
    words = external.left_out(load.load_externals(selection).left_out)
    if words:
        st.caption(text.plain(words))


def show_small_multiples(selection: Selection, rows: pd.DataFrame, look: Look) -> None:
    """Show one small trade-off per country."""
    noise = load_noise(selection, rows)
    places = list(zip(rows["country"], rows["setting"], strict=True))
    show(
        small_multiples_figure(selection, rows, look, noise=noise),
        on_click=partial(controls.after_point_click, shown=controls.EVERY),
        on_row=lambda i: (
            {}
            if places[i][1].startswith("global|")
            else {controls.COUNTRY: places[i][0], sidebar.SETTING: places[i][1]}
        ),
    )


def small_multiples_figure(selection: Selection, rows: pd.DataFrame, look: Look, *, noise: pd.DataFrame) -> Figure:
    """Draw one small trade-off per country."""
    rule, eps, log, setting = look
    draw = partial(charts.small_multiples, rows, log=log, selected=setting, noise=noise)
    names = sorted(set(rows["name"]))

    def on_slides(room: Room) -> list[Drawing]:
        parts = charts.on_slides(names)
        layout = charts.panels_for(room, max(map(len, parts)))
        return [draw(dark=False, panels=layout, names=part) for part in parts]

    return Figure(
        name="tradeoff_countries",
        draw=lambda dark: draw(dark=dark),
        draw_fitted=lambda room, dark: draw(dark=dark, panels=charts.panels_for(room, len(names))),
        draw_slides=on_slides,
        title="The trade-off in every country, on common axes",
        finding=words.multiples_title(rows),
        subtitle=f"Seed means; ring: {words.rule(rule, eps)}; dashed: global model; grey curve: noise. "
        f"The selected setting is drawn strongly, with {words.interval(selection.level)}."
        f"{words.left_out(rows, log=log)} Controls without runs are drawn on a single country and on the mean."
        f"{external.stars(rows)}",
        caption=components.caption(selection, text.all_runs(rows)),
        alt="Small multiples: recovered share against all-country accuracy in "
        f"{text.count(rows['country'].nunique(), 'country', 'countries')}.",
        how=text.how("all_country", "true_country", "excess", "noise", "front", "interval", "few", own=words.HOW),
        table=rows,
        columns=columns.CHOSEN,
        wide=False,
    )


def show_setting_everywhere(selection: Selection, settings: pd.DataFrame, setting: str) -> None:
    """Show the selected setting in every country, as a table whose rows open the country."""
    rows = settings[settings["setting"] == setting]
    name = text.plain(rows["setting_label"].iloc[0])
    with st.expander(f"The same setting in every country: {name}", icon=":material/linked_services:", expanded=False):
        components.table(twin(rows, columns.CHOSEN), "same_setting_table", "The selected setting in every country")
        st.caption(text.plain(components.caption(selection, text.all_runs(rows))))
