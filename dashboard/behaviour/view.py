"""The figures of the page Behaviour: picks by setting and by country, and the writers who win."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard.behaviour import charts, columns, controls, words
from dashboard.behaviour.load import left_out, load_writers
from dashboard.frame import components, load
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from dashboard.kit.figure import Figure, show
from scpo.data.sources import SOURCES
from scpo.results import MEAN, behaviour


def has_turns(selection: Selection) -> bool:
    """Tell whether the data hold responses that persons compared: survey answers do not."""
    return SOURCES[load.info_of(selection).source].unit != "question"


def row_of(here: pd.DataFrame, setting: str | None) -> pd.Series:
    """Return the row of a setting in one country; of the first there is where it was not run."""
    tuned = here[here["method"] != "global"]
    found = tuned[tuned["setting"] == setting]
    return (tuned if found.empty else found).iloc[0]


def show_large(row: pd.Series, here: pd.DataFrame) -> None:
    """Show the large numbers: how many picks change, how much people like them, their own scores, the length."""
    before = here[here["method"] == "global"].iloc[0]
    changed = text.percent_range(row["changed_low"], row["changed_high"])
    words_gain, characters = (f"{row[f'{name}_gain_value']:+.1f}".replace("-", "−") for name in ("words", "characters"))
    scores = (
        (
            text.signed(row["score_gain_value"]),
            [
                f"{text.points_range(row['score_gain_low'], row['score_gain_high'])} of each person's own 100.",
                f"The pick has {text.percent(row['score_value'])}, a random one "
                f"{text.percent(row['score_random_value'])}, the best {text.percent(row['score_best_value'])}.",
            ],
        )
        if row["score_value"] == row["score_value"]
        else (text.UNKNOWN, [words.NO_SCORES])
    )
    large = [
        ("Picks changed", text.percent(row["changed_value"]), [f"{changed}; {words.sample(row)}."]),
        (
            "Change of win share, points",
            text.signed(row["gain_value"]),
            [
                words.against_global(row),
                f"The pick has {text.percent(row['picked_value'])}, the global one "
                f"{text.percent(before['picked_value'])}, a random one 50{text.NBSP}%.",
            ],
        ),
        ("Change of score, points", *scores),
        (
            "Change of length, words",
            words_gain,
            [
                f"{characters} characters; {row['words_value']:.0f} words on average, mean over "
                f"{text.count(row['n_turns'], 'turn')}."
            ],
        ),
    ]
    in_row = 2 if glossary.is_plain() else len(large)
    for start in range(0, len(large), in_row):
        for column, (label, value, sentences) in zip(st.columns(in_row), large[start : start + in_row], strict=True):
            with column, st.container(border=True, height="stretch", gap="xsmall"):
                st.metric(text.plain(label), glossary.said(value))
                for sentence in sentences:
                    st.caption(text.plain(sentence))


def show_notes(selection: Selection, here: pd.DataFrame) -> None:
    """Say what the data do not offer, and what is left out."""
    countries = here["countries"].iloc[0]
    counts = left_out(selection, countries)
    notes = [words.ONLY_TWO] if counts["largest"] == 2 else []
    notes += [words.left_out(counts)] if counts["candidates"] or counts["turns"] else []
    if notes:
        st.caption(text.plain(" ".join(notes)))


def show_settings(selection: Selection, here: pd.DataFrame, *, setting: str) -> None:
    """Show how much people like the picks of every setting in one country, or on average."""
    ids = here["setting"].tolist()
    show(
        settings_figure(selection, here, setting=setting),
        on_click=controls.after_click,
        on_row=lambda i: controls.setting_change(ids[i]),
    )


def settings_figure(selection: Selection, here: pd.DataFrame, *, setting: str) -> Figure:
    """Draw the rows of one country in `results.behaviour_table`."""
    row = row_of(here, setting)
    return Figure(
        name="picks",
        draw=lambda dark: charts.picks_chart(here, dark=dark, selected=setting),
        title="How much people like what each model would pick",
        subtitle=f"{row['name']}, seed means, {words.sample(row)}. Win share: share of the other responses that the "
        "person liked less. Bars: 80 % (thick) and "
        f"{text.level_name(selection.level)} (thin). Best possible: {text.percent(row['best_value'])}.",
        caption=components.caption(selection, text.all_runs(here)),
        alt=f"Dot plot with intervals: win share of the picks of {text.count(len(here), 'model')}.",
        how=text.how("win_share", "changed_pick", "interval", "mean", "few"),
        table=here,
        columns=columns.PICKS,
        finding=words.title(row),
    )


def show_countries(selection: Selection, rows: pd.DataFrame) -> None:
    """Show the change of the selected setting in every country."""
    codes = rows["country"].tolist()
    show(countries_figure(selection, rows), on_row=lambda i: {controls.WHERE: codes[i]})


def countries_figure(selection: Selection, rows: pd.DataFrame) -> Figure:
    """Draw the rows of one setting in `results.behaviour_table`."""
    tested = rows[rows["country"] != MEAN].dropna(subset=["gain_holm"])
    family = text.count(tested["n_family"].iloc[0], "country", "countries") if len(tested) else "no country"
    return Figure(
        name="picks_by_country",
        draw=lambda dark: charts.countries_chart(rows, dark=dark),
        title=words.by_country(rows),
        subtitle=f"{rows['setting_label'].iloc[0]}: win share of its pick minus that of the global pick, paired by "
        f"user. Filled: differs from 0 after correction over {family}. Bars: 80 % (thick) and "
        f"{text.level_name(selection.level)} (thin).",
        caption=components.caption(selection, text.all_runs(rows)),
        alt=f"Dot plot with intervals: change of win share in {text.count(len(rows), 'row')}.",
        how=text.how("win_share", "paired", "interval", "holm", "visible", "mean", "few"),
        table=rows,
        columns=columns.PICKS,
    )


def show_writers(selection: Selection, rows: pd.DataFrame) -> None:
    """Show which writers of responses win, by people and by models; a sentence where no writer is known."""
    table = load_writers(selection, rows)
    if table.empty:
        st.subheader(text.plain("Which writers win"))
        st.caption(text.plain(words.NO_WRITERS))
        return
    show(writers_figure(selection, rows, table))


def writers_figure(selection: Selection, rows: pd.DataFrame, table: pd.DataFrame) -> Figure:
    """Draw a table of `results.writer_table`; `rows` are the picks whose models rank."""
    ranks = {
        f"{judge}_rank": list(map(words.rank, table[f"{judge}_rank_best"], table[f"{judge}_rank_worst"]))
        for judge in behaviour.JUDGES
    }
    table = table.assign(**ranks)
    same = int(table["same_writer"].iloc[0])
    single = rows[rows["country"] != MEAN]
    return Figure(
        name="writers",
        draw=lambda dark: charts.writers_chart(table, method=rows["method"].iloc[0], dark=dark),
        title=words.writers_title(table),
        subtitle=f"{rows['setting_label'].iloc[0]}. Writers of responses in "
        f"{text.count(len(single), 'country', 'countries')}, users pooled, the people's best first; all rank the same "
        f"pairs. Lines: {text.level_name(selection.level)} intervals over users. Left out: "
        f"{text.count(same, 'pair')} of one writer with itself.",
        caption=components.caption(selection, text.all_runs(rows)),
        alt=f"Dot plot with intervals: wins of {text.count(len(table), 'writer')} by people, global and tuned models.",
        how=text.how("writers", "interval", "few"),
        table=table,
        columns=columns.WRITERS,
    )
