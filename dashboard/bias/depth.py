"""Bias in depth, one tab at a time: before and after, groups inside countries, length, calibration."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from dashboard.bias import columns, load, words
from dashboard.bias.charts.groups import groups_chart
from dashboard.bias.charts.length import length_chart
from dashboard.bias.charts.reliability import reliability_chart
from dashboard.bias.charts.slopes import MOST_LINES, slopes_chart
from dashboard.bias.charts.two_models import GLOBAL, OWN
from dashboard.frame import asking, components
from dashboard.frame import load as frame
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import MOST_ROWS, Figure, show
from scpo.measures.extremes import Extremes
from scpo.methods import EXTERNAL
from scpo.results import EVERYWHERE

TAB, BY, PEOPLE = "inside", "by", "people"
"""Keys of the widgets = names of the URL parameters."""

SLOPES, GROUPS, LENGTH, CALIBRATION = "Before and after", "Groups", "Length", "Calibration"
ALL_PEOPLE = "All countries with a model"


def show_depth(selection: Selection, cells: pd.DataFrame) -> None:
    """Draw the tabs; only the open one computes. Not there while presenting.

    Parameters
    ----------
    cells : DataFrame
        Of `frame.load.load_bias`, one setting.
    """
    if glossary.is_plain():
        return
    if (cells["method"] == EXTERNAL).all():
        st.caption("Groups, length and margins are shown for finetunes made here, not for models from elsewhere.")
        return
    runs = load.setting_runs(selection, cells)
    sections = {
        SLOPES: lambda: _show_slopes(selection, cells, runs),
        GROUPS: lambda: _show_groups(selection, cells, runs),
        LENGTH: lambda: _show_length(selection, cells, runs),
        CALIBRATION: lambda: _show_calibration(selection, cells, runs),
    }
    asking.tabs(TAB, sections)


def _show_slopes(selection: Selection, cells: pd.DataFrame, runs: load.Runs) -> None:
    home = cells[cells["trained_for"] == cells["tested_on"]].reset_index(drop=True)
    if home.empty:
        st.caption("No selected country has both a model of this setting and test pairs.")
        return
    chart, details = st.columns([5, 2], gap="large")
    with chart:
        show(slopes_figure(selection, home))
    with details:
        found = load.load_between(selection, runs)
        _extremes(found, name=frame.name_of(selection), groups="countries")


def slopes_figure(selection: Selection, home: pd.DataFrame) -> Figure:
    """Draw the accuracy of each country before and after; `home` has the cells of models on their own country."""
    drawn = home.sort_values("too_few_users", kind="stable").head(MOST_LINES)
    more = len(home) - len(drawn)
    return Figure(
        name="slopes",
        draw=lambda dark: slopes_chart(drawn, dark=dark),
        title=words.slopes_title(home),
        subtitle=f"{home['setting_label'].iloc[0]}: all-country accuracy of the global model and of the country's own, "
        "same test pairs. Blue: gains, orange: loses; filled and solid: beyond chance after correction; grey: fewer "
        "than ten test users." + (f" {more} more countries are in the table." if more else ""),
        caption=components.caption(selection, text.all_runs(home)),
        alt=f"Lines of {text.count(len(home), 'country', 'countries')} from the global model's accuracy to their own.",
        how=text.how("all_country", "lost_and_won", "paired", "interval", "holm", "extremes", "few"),
        table=home,
        columns=columns.SLOPES,
    )


def _extremes(found: load.Three, *, groups: str, name: Callable[[str], str] = str) -> None:
    """Show worst group and gap: the finding in words, then every number with its interval and what chance makes."""
    with st.container(border=True, key="extremes"):
        st.markdown(f"**{text.plain(words.between_sentence(found, groups=groups, name=name))}**")
        before, after, change = found["before"], found["after"], found["change"]
        if before is None or after is None or change is None:
            return
        components.facts(
            {
                "Gap, own models": _gap(after),
                "Gap, global model": _gap(before),
                "Gap in what is gained": _gap(change),
                f"Lowest under the own models: {name(after.worst)}": text.share(after.lowest),
                f"Gains least: {name(change.worst)}": text.difference(change.lowest),
                "Sample": f"{text.count(after.n_groups, 'group')}, {text.count(after.gap.n_users, 'user')}",
            }
        )


def _gap(found: Extremes) -> str:
    chance = text.points(found.by_chance).lstrip("+")
    ends = text.percent_range(found.gap.low, found.gap.high)  # a gap is no loss: it has no sign
    p = f"p{text.NBSP}{text.p_value(found.gap.p)}"
    return f"{text.points(found.gap.value).lstrip('+')} {ends}; by chance {chance}; {p}"


def _show_groups(selection: Selection, cells: pd.DataFrame, runs: load.Runs) -> None:
    facets = load.load_facets(selection)
    if not facets:
        st.caption("This data set has no answer or kind of conversation with two groups of ten test users.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        by = asking.choose("Groups by", BY, {one: words.facet_label(one) for one in facets}, width=260)
        found = load.load_groups(selection, runs, by)
        where = _people(selection, list(found.communities))
    rows = found.table[found.table["community"] == where].reset_index(drop=True)
    chart, details = st.columns([5, 2], gap="large")
    with chart:
        show(groups_figure(selection, cells, rows, by=by, where=where))
        left_out = words.inside_left_out(rows) if where else words.groups_left_out(found)
        st.caption(text.plain(left_out))
    with details:
        if where:
            st.caption("Worst group and gap are judged over all countries: inside one, most groups have too few users.")
        else:
            _extremes(found.extremes, groups="groups")


def _people(selection: Selection, communities: list[str]) -> str:
    """Let one choose whose pairs are looked at; empty for all countries with a model."""
    name = frame.name_of(selection)
    labels = {"": ALL_PEOPLE} | {one: name(one) for one in sorted(communities, key=name)}
    return asking.choose("People of", PEOPLE, labels, width=260)


def groups_figure(selection: Selection, cells: pd.DataFrame, rows: pd.DataFrame, *, by: str, where: str = "") -> Figure:
    """Draw the groups of a facet; `rows` are those of one scope of `load.GroupsFound.table`."""
    people = frame.name_of(selection)(where) if where else ALL_PEOPLE
    shown = rows.assign(where=people)
    more = len(rows) - MOST_ROWS
    return Figure(
        name="groups",
        draw=lambda dark: groups_chart(shown.head(MOST_ROWS), dark=dark),
        title=words.groups_title(rows, words.facet_label(by)),
        subtitle=f"{cells['setting_label'].iloc[0]}, {people}: each pair under its own country's model, paired "
        "difference to the global model, points. Filled: beyond chance after correction over the groups; grey: fewer "
        "than ten test users." + (f" {more} more groups are in the table." if more > 0 else ""),
        caption=components.caption(selection, text.all_runs(cells)),
        alt=f"Dot plot of {text.count(len(rows), 'group')} by {words.facet_label(by)}.",
        how=text.how("groups", "extremes", "lost_and_won", "paired", "interval", "holm", "few"),
        table=shown,
        columns=columns.GROUPS,
    )


def _show_length(selection: Selection, cells: pd.DataFrame, runs: load.Runs) -> None:
    rows = load.load_length(selection, runs)
    if rows.empty:
        st.caption(
            "No country with a model has pairs of both kinds: those whose chosen response is longer, and shorter."
        )
        return
    chart, details = st.columns([5, 2], gap="large")
    with chart:
        show(length_figure(selection, cells, rows))
    row = words.length_row(rows)
    if row is None:
        return
    with details, st.container(border=True, key="length_details"):
        st.markdown(f"**{text.plain(row['name'])}**")
        components.facts(
            {
                "People chose the longer response": _both_models(row, "longer"),
                "People chose the shorter response": _both_models(row, "shorter"),
                "Length bias": _both_models(row, "bias"),
                "Sample": f"{row['n_longer']:,} pairs longer, {row['n_shorter']:,} shorter, {row['n_equal']:,} equal; "
                f"{text.count(row['n_users'], 'user')}",
            }
        )


def _both_models(row: pd.Series, name: str) -> str:
    """Write a number under the global model and under the own ones, with the paired difference."""
    write = text.points if name == "bias" else text.percent
    before, after = (write(row[f"{name}_{when}_value"]) for when in ("before", "after"))
    return f"global {before}, own {after}; difference {text.difference_estimate(row, f'{name}_change')}"


def length_figure(selection: Selection, cells: pd.DataFrame, rows: pd.DataFrame) -> Figure:
    """Draw the length bias before and after; `rows` are those of `load.load_length`."""
    return Figure(
        name="length",
        draw=lambda dark: length_chart(rows, dark=dark),
        title=words.length_title(rows),
        subtitle=f"{cells['setting_label'].iloc[0]}: how much more often a model prefers the longer response than the "
        "people of the country do; 0: as often as they. Accuracy on pairs of either kind, for each country, is in the "
        "table.",
        caption=components.caption(selection, text.all_runs(cells)),
        alt=f"Dot plot of {text.count(len(rows), 'row')}: length bias of the global model and of the country's own.",
        how=text.how("length_bias", "paired", "interval", "mean", "few"),
        table=rows,
        columns=columns.LENGTH,
    )


def _show_calibration(selection: Selection, cells: pd.DataFrame, runs: load.Runs) -> None:
    numbers, bins = load.load_reliability(selection, runs)
    where = _people(selection, [one for one in numbers["country"] if one != EVERYWHERE])
    there = set(numbers["country"])
    country = where or (EVERYWHERE if EVERYWHERE in there else numbers["country"].iloc[0])
    row = numbers[numbers["country"] == country].iloc[0]
    chart, details = st.columns([5, 2], gap="large")
    with chart:
        show(calibration_figure(selection, cells, row, bins[bins["country"] == country].reset_index(drop=True)))
    with details, st.container(border=True, key="calibration_details"):
        components.facts(
            {
                "Over-confidence, own models": text.difference_estimate(row, "after"),
                "Over-confidence, global model": text.difference_estimate(row, "before"),
                "Difference": f"{text.difference_estimate(row, 'change')}, p{text.NBSP}{text.p_value(row['p'])}",
                "Calibration error (ECE), own models": _ece(row, "after"),
                "Calibration error (ECE), global model": _ece(row, "before"),
                "Sample": text.sample_text(row),
            }
        )


def _ece(row: pd.Series, when: str) -> str:
    perfect = text.percent(row[f"ece_perfect_{when}"])
    n = text.count(row["n_pairs"], "pair")
    return f"{text.percent(row[f'ece_{when}'])} on {n}; a perfectly calibrated model: {perfect}"


def calibration_figure(selection: Selection, cells: pd.DataFrame, row: pd.Series, bins: pd.DataFrame) -> Figure:
    """Draw the reliability of margins in one country or in all.

    Parameters
    ----------
    row, bins
        Of one country, from the two tables of `load.load_reliability`.
    """
    people = ALL_PEOPLE if row["country"] == EVERYWHERE else frame.name_of(selection)(row["country"])
    return Figure(
        name="calibration",
        draw=lambda dark: reliability_chart(bins, dark=dark),
        title=words.calibration_title(row),
        subtitle=f"{cells['setting_label'].iloc[0]}, {people}: how often people agree against how sure a model is, in "
        f"bins of ten points, {text.level_name(row['level'])} intervals over users. On the dashed line a model is as "
        "sure as it should be; below it is too sure.",
        caption=components.caption(selection, text.all_runs(cells)),
        alt=f"Reliability diagram with {text.count(len(bins), 'point')}.",
        how=text.how("reliability", "interval", "few"),
        table=bins.assign(which=bins["model"].map({"global": GLOBAL, "own": OWN})),
        columns=columns.RELIABILITY,
    )
