"""The figures of the pages: a chart with its words, its table and what a click on it changes."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import sentences
from dashboard.bias import charts as bias
from dashboard.brief import charts as forest
from dashboard.frame import components, state
from dashboard.frame import load as data
from dashboard.frame.state import Selection
from dashboard.kit import scales, text
from dashboard.kit import table as tables
from dashboard.kit.figure import Figure, show
from dashboard.tradeoff import charts as tradeoff

MOST_ROWS = 25
"""A dot plot shows at most this many countries; the table twin has all."""


def _interval(selection: Selection) -> str:
    return f"{text.level_name(selection.level)} intervals over users"


def show_global_model(selection: Selection) -> None:
    """Show accuracy and disagreement of the global model per country, as soon as scores exist."""
    wide, narrow = (_flagged(data.load_countries(selection, level=level)) for level in (0.95, 0.80))
    wide = wide[wide["n_pairs"] > 0]
    shown = wide if len(wide) <= MOST_ROWS else wide.sort_values("n_users", ascending=False).head(MOST_ROWS)
    left_out = len(wide) - len(shown)
    few = int(wide["too_few_users"].sum())
    known = text.count(len(wide), "country", "countries")
    subtitle = f"Test pairs of {known}; dot with 80 % (thick) and 95 % (thin) intervals."
    if few:
        subtitle += f" Grey: {few} with fewer than ten test users."
    if left_out:
        subtitle += f" In the table only: the {text.count(left_out, 'country', 'countries')} with fewest users."
    show(
        Figure(
            name="global_model",
            draw=lambda dark: forest.global_chart(shown, narrow[narrow["country"].isin(shown["country"])], dark=dark),
            title="Where the global model agrees with people, and where it disagrees",
            subtitle=subtitle,
            caption=components.caption(selection, []),
            alt="Dot plot of the global model's accuracy and disagreement for "
            f"{text.count(len(shown), 'country', 'countries')}.",
            how=text.how("all_country", "disagreement", "interval", "few"),
            table=wide,
            columns=tables.COUNTRIES,
        )
    )


def _flagged(countries: pd.DataFrame) -> pd.DataFrame:
    return countries.assign(too_few_users=countries["n_users"] < text.FEW_USERS)


def show_gain(selection: Selection, setting: str) -> None:
    """Show the paired difference to the global model per country for one setting."""
    wide, narrow = (data.load_settings(selection, level=level) for level in (0.95, 0.80))
    wide, narrow = wide[wide["setting"] == setting], narrow[narrow["setting"] == setting]
    show(
        Figure(
            name="gain",
            draw=lambda dark: forest.gain_chart(wide, narrow, dark=dark),
            title="Change per country against the global model",
            subtitle=f"{wide['setting_label'].iloc[0]}, all test pairs, paired by user; bars 80 % (thick) and "
            "95 % (thin). Filled: holds after Holm's correction (the mean: its 95 % interval excludes 0).",
            caption=components.caption(selection, text.all_runs(wide)),
            alt=f"Dot plot with intervals: difference to the global model in {text.count(len(wide), 'row')}.",
            how=text.how("paired", "interval", "holm", "mean", "few"),
            table=wide,
            columns=tables.SETTINGS,
        )
    )


def show_small_tradeoff(selection: Selection, settings: pd.DataFrame, *, country: str, setting: str) -> None:
    """Show the trade-off in small, with the way to the page."""
    rows = settings[settings["country"] == country]
    if rows[rows["method"] != "global"].empty:
        rows = settings[settings["country"] == settings.loc[settings["method"] != "global", "country"].iloc[0]]
    show(
        Figure(
            name="small_tradeoff",
            draw=lambda dark: tradeoff.tradeoff_chart(
                rows, log=True, dark=dark, selected=setting, small=True, height=300
            ),
            title="The trade-off behind it",
            subtitle=f"{rows['name'].iloc[0]}; ring: {sentences.RULES['max_all_country']}; dashed: global model.",
            caption=components.caption(selection, text.all_runs(rows)),
            alt=f"Small scatter plot of {text.count(len(rows), 'setting')}, recovered share against all-country "
            "accuracy.",
            how=text.how("all_country", "true_country", "front", "mean"),
            table=rows,
            columns=tables.SETTINGS,
        ),
        on_click=partial(state.after_point_click, shown=country),
    )


def _rule_words(rule: str, eps: float) -> str:
    words = sentences.RULES[rule]
    return f"{words} ({text.points(eps).lstrip('+')})" if rule == "max_true_country" else words


def _left_out(rows: pd.DataFrame, *, log: bool) -> str:
    """Say how many settings have no place in the plane."""
    tuned = rows[rows["method"] != "global"]
    missing = len(tuned) - len(tradeoff.drawable(tuned, log=log))
    where = "on log axes (recovered share 0 or unknown)" if log else "(a number is unknown)"
    return f" {text.count(missing, 'point')} not shown {where}." if missing else ""


def show_tradeoff(
    selection: Selection,
    rows: pd.DataFrame,
    *,
    rule: str,
    eps: float,
    log: bool,
    setting: str,
    previews: pd.DataFrame | None = None,
) -> None:
    """Show the settings of one country, or of the mean over countries; with previews as hollow, faint marks."""
    row = rows[rows["method"] != "global"].iloc[0]
    few = " Too few users: no colour, no verdict." if bool(rows["too_few_users"].any()) else ""
    ids = rows["setting"].tolist()
    hollow = "" if previews is None else " Hollow and faint: previews, last-layer estimates, not finetunes."
    explained = ("all_country", "true_country", "front", "interval", "mean", "few")
    show(
        Figure(
            name="tradeoff",
            draw=lambda dark: tradeoff.tradeoff_chart(rows, log=log, dark=dark, selected=setting, previews=previews),
            title="All-country against true-country accuracy",
            subtitle=f"{row['name']}, {text.sample_text(row, 'all_')}; seed means, crosshairs: {_interval(selection)}. "
            f"Line: front; ring: {_rule_words(rule, eps)}.{few}{_left_out(rows, log=log)}{hollow}",
            caption=components.caption(selection, text.all_runs(rows)),
            alt=f"Scatter plot of {text.count(len(rows), 'setting')}: recovered share against all-country accuracy, "
            "with the front.",
            how=text.how(*explained, *([] if previews is None else ["preview"])),
            table=rows,
            columns=tables.SETTINGS,
        ),
        on_click=partial(state.after_point_click, shown=""),
        on_row=lambda i: {} if ids[i].startswith("global|") else {state.SETTING: ids[i]},
    )


def show_small_multiples(
    selection: Selection, rows: pd.DataFrame, *, rule: str, eps: float, log: bool, setting: str
) -> None:
    """Show one small trade-off per country."""
    places = list(zip(rows["country"], rows["setting"], strict=True))
    show(
        Figure(
            name="tradeoff_countries",
            draw=lambda dark: tradeoff.small_multiples(rows, log=log, dark=dark, selected=setting),
            title="The trade-off in every country, on common axes",
            subtitle=f"Seed means; ring: {_rule_words(rule, eps)}; dashed: global model. The selected setting is drawn "
            f"strongly, with {_interval(selection)}.{_left_out(rows, log=log)}",
            caption=components.caption(selection, text.all_runs(rows)),
            alt="Small multiples: recovered share against all-country accuracy in "
            f"{text.count(rows['country'].nunique(), 'country', 'countries')}.",
            how=text.how("all_country", "true_country", "front", "interval", "few"),
            table=rows,
            columns=tables.SETTINGS,
            wide=False,
        ),
        on_click=partial(state.after_point_click, shown=state.EVERY),
        on_row=lambda i: (
            {} if places[i][1].startswith("global|") else {state.COUNTRY: places[i][0], state.SETTING: places[i][1]}
        ),
    )


def show_setting_everywhere(selection: Selection, settings: pd.DataFrame, setting: str) -> None:
    """Show the selected setting in every country, as a table whose rows open the country."""
    rows = settings[settings["setting"] == setting]
    name = text.plain(rows["setting_label"].iloc[0])
    with st.expander(f"The same setting in every country: {name}", icon=":material/linked_services:", expanded=False):
        st.dataframe(
            tables.twin(rows, tables.SETTINGS),
            hide_index=True,
            key="same_setting_table",
            alt="The selected setting in every country",
        )
        st.caption(text.plain(components.caption(selection, text.all_runs(rows))))


def show_matrix(selection: Selection, cells: pd.DataFrame, every_cell: pd.DataFrame, *, cell: str | None) -> None:
    """Show who gains and who pays for one setting."""
    end = scales.symmetric_end(every_cell["diff_value"])
    ids = cells["cell"].tolist()
    show(
        Figure(
            name="matrix",
            draw=lambda dark: bias.matrix_chart(cells, end=end, dark=dark, selected=cell),
            title="Trained for one country, tested on every country",
            subtitle=f"{cells['setting_label'].iloc[0]}: paired difference to the global model over all test pairs, "
            "points. ● holds after Holm's correction; grey: fewer than ten test users (n); "
            "dashed: the country's own model.",
            caption=components.caption(selection, text.all_runs(cells)),
            alt=f"Heat map of paired differences, {text.count(cells['trained_for'].nunique(), 'model')} by "
            f"{text.count(cells['tested_on'].nunique(), 'country', 'countries')}.",
            how=text.how("matrix", "paired", "interval", "holm", "few"),
            table=cells,
            columns=tables.CELLS,
            least_width=46 * cells["tested_on"].nunique(),
        ),
        on_click=lambda selected: _cell_change(state.clicked_cell(selected)),
        on_row=lambda i: {state.CELL: ids[i]},
    )


def _cell_change(cell: str | None) -> dict[str, str]:
    return {} if cell is None else {state.CELL: cell}


def show_over_steering(selection: Selection, points: pd.DataFrame, *, setting: str) -> None:
    """Show what is recovered against what it costs the same country."""
    points = points[points["country"] != state.MEAN]
    ids = points["setting"].tolist()
    show(
        Figure(
            name="over_steering",
            draw=lambda dark: bias.over_steering_chart(points, dark=dark, selected=setting),
            title=sentences.steering_title(points),
            subtitle="One point per country and setting, seed means; up: gains over all pairs of the country; right: "
            "more of its own preferences recovered. The selected setting is drawn strongly.",
            caption=components.caption(selection, text.all_runs(points)),
            alt=f"Scatter plot of {text.count(len(points), 'point')}: recovered share against change in all-country "
            "accuracy.",
            how=text.how("over", "true_country", "paired", "interval", "few"),
            table=points,
            columns=tables.STEERING,
        ),
        on_click=partial(state.after_point_click, shown=""),
        on_row=lambda i: {state.SETTING: ids[i]},
    )
