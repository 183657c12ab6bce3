"""The page Data & methods: the registered data set, its card, limits and other communities."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from dashboard.data import charts, columns, removing, started, words
from dashboard.data.load import load_counts, load_other_communities
from dashboard.frame import asking, background, components, load, people
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.kit.figure import MOST_ROWS, Figure, show
from dashboard.kit.table import twin
from scpo.data.sources import SOURCES
from scpo.data.tables import DatasetInfo, LoadReport
from scpo.names import MOST_NAME
from scpo.results import check, datacard
from scpo.words import joined, parts

PART = "part"
"""Key of the switch = name of the URL parameter."""

DATA_SET, OWN, DEFINED = "Data set", "Bring your own", "Definitions"


def part_picker(selection: Selection) -> str:
    """Draw the switch between the parts of the page; without a data set only the others make sense."""
    options = [DATA_SET, OWN, DEFINED]
    return asking.segments(
        "Part of the page", PART, options, default=DATA_SET if selection.dataset else OWN, label_visibility="collapsed"
    )


def show_data_set(selection: Selection) -> None:
    """Show what the selected data set is built on."""
    info = load.list_datasets().get(selection.dataset or "")
    if info is None:
        st.header("There is no data set yet")
        st.write("Upload your own preferences under **Bring your own**, or prepare the generated sample:")
        st.code("scpo demo", language="bash")
        return
    counts = load_counts(info.name, info.key)
    st.header(text.plain(counts_title(counts, info.group, SOURCES[info.source].unit)))
    show_facts(info)
    started.show_scoring(info.name, key="selected")
    show_counts(info, counts)
    show_dropped(info)
    show_limits(info, counts)
    show_other_communities(info)
    removing.show_removing(info)


def community_noun(group: str, number: int) -> str:
    """Name what the communities are: countries, or values of survey answers."""
    if group == "country":
        return text.count(number, "country", "countries")
    return text.count(number, "community", "communities")


def counts_title(counts: pd.DataFrame, group: str, unit: str) -> str:
    """Say how many communities have enough test users for a verdict."""
    enough = int((~counts["too_few_users"].astype(bool)).sum())
    known = community_noun(group, len(counts))
    if counts.empty:
        return "No pair belongs to a community: only a global model can be trained on these data"
    if enough == len(counts):
        return f"Each of {known} has at least {text.FEW_USERS} test {unit}s"
    if not enough:
        return f"None of {known} has {text.FEW_USERS} test {unit}s: intervals only, no verdicts"
    return f"{enough} of {known} {'has' if enough == 1 else 'have'} at least {text.FEW_USERS} test {unit}s"


def show_facts(info: DatasetInfo) -> None:
    """Show source, licence, revision and split."""
    split, unit = info.split, SOURCES[info.source].unit
    country = "country of residence" if unit == "user" else "country"
    facts = {
        "Data": f"{info.name} · {info.source}",
        "Source": info.location,
        "Revision": info.revision[:12] if info.revision else "none",
        "Licence": info.licence,
        "Community": country if info.group == "country" else " with ".join(parts(info.group)),
        "Split": f"{split.kind}, {text.percent(split.test_fraction)} of {unit}s for test, seed {split.seed}",
        "Rows": " · ".join(
            text.count(n, unit if table == "users" else table.removesuffix("s")) for table, n in info.counts.items()
        ),
        "Registered": text.moment(info.created_at),
    }
    with st.container(border=True, horizontal=True, gap="medium", key="data_facts"):
        components.facts(facts, width="content")
    if info.citation:
        st.caption(f"Please cite: {text.plain(info.citation)}")


def show_counts(info: DatasetInfo, counts: pd.DataFrame) -> None:
    """Show users per community against the line at ten test users, with the pairs."""
    if counts.empty:
        return
    unit = SOURCES[info.source].unit
    shown = counts.head(MOST_ROWS)
    few = int(counts["too_few_users"].sum())
    how = text.how("split", "few", "pair")
    if unit == "question":
        how = f"{text.how('question_units')}\n\n{how}"
    subtitle = (
        f"{unit.capitalize()}s with pairs of {community_noun(info.group, len(counts))}, "
        f"{text.count(counts['pairs'].sum(), 'pair')}. Counts, so no intervals."
    )
    elsewhere = info.counts["pairs"] - int(counts["pairs"].sum())
    if elsewhere:
        subtitle += f" {text.count(elsewhere, 'further pair')} of people without a community train global models only."
    if few:
        subtitle += f" Grey and open: {few} with fewer than {text.FEW_USERS} test {unit}s."
    if len(counts) > len(shown):
        subtitle += f" The table also has the {len(counts) - len(shown)} with fewest test {unit}s."
    show(
        Figure(
            name="data_counts",
            draw=lambda dark: charts.counts_chart(shown, unit=unit, dark=dark),
            title=f"{unit.capitalize()}s per community, for training and for test",
            subtitle=subtitle,
            caption=components.data_caption(info),
            alt=f"Dot plot of training and test {unit}s of {community_noun(info.group, len(shown))}, "
            f"with a line at ten test {unit}s.",
            how=how,
            table=counts,
            columns=columns.of_counts(unit),
            finding=counts_title(counts, info.group, unit),
        )
    )


def show_dropped(info: DatasetInfo) -> None:
    """Show what was read, what was left out and why."""
    report = info.report
    st.subheader("What was read, and what was left out")
    read, kept = sum(report.files.values()), sum(report.kept.values())
    files = text.count(len(report.files), "file")
    counted = f"{text.count(read, 'row')} of {files} read, {kept:,} kept." if report.files else "No file was read."
    st.write(text.plain(f"{counted} {no_pair_words(report)}"))
    show_dropped_table(check.dropped_table(report), key="dropped_table")
    for note in report.notes:
        st.caption(f":material/info: {text.plain(note)}")


def no_pair_words(report: LoadReport) -> str:
    """Say what made no pair, with counts."""
    parts = [
        text.count(report.ties, "tie"),
        text.count(report.identical_texts, "couple of equal texts", "couples of equal texts"),
        text.count(report.single_responses, "single response"),
    ]
    kept = text.count(report.empty_responses, "empty response")
    return f"{', '.join(parts)} made no pair; {kept} kept."


def show_dropped_table(dropped: pd.DataFrame, *, key: str) -> None:
    """Draw what was dropped: file, reason, rows, lines."""
    if dropped.empty:
        st.caption(":material/check: No row was dropped.")
        return
    if len(set(dropped["file"])) == 1:
        dropped = dropped.drop(columns="file")
    shown = dropped.rename(columns={"file": "File", "reason": "Dropped because", "n": "Rows", "lines": "Lines"})
    st.dataframe(
        shown,
        hide_index=True,
        key=key,
        alt="Rows that were dropped, by reason, with line numbers",
        column_config={
            "Dropped because": st.column_config.TextColumn(width=250),
            "Rows": st.column_config.NumberColumn(width=60),
        },
    )


def show_limits(info: DatasetInfo, counts: pd.DataFrame) -> None:
    """Show what the data do not show, and offer the card as a file."""
    st.subheader("Limits, and the card")
    for limit in datacard.limits(info):
        st.markdown(f"- {text.plain(limit)}")
    st.download_button(
        "Data card (Markdown)",
        data=partial(datacard.data_card, info, counts),
        file_name=f"{info.name}-card.md",
        mime="text/markdown",
        icon=":material/download:",
        on_click="ignore",
        key="data_card",
    )


def _columns_key(info: DatasetInfo) -> str:
    return f"regroup_columns_{info.name}"


def _regroup(info: DatasetInfo, name_key: str) -> None:
    """Register what stands in the fields at the click: the page may not have been drawn with it yet."""
    name, chosen = st.session_state[name_key], st.session_state[_columns_key(info)]
    if chosen and words.name_problem(name, load.list_datasets()) is None:
        command = ["data", "regroup", info.name, name, f"--group={joined(chosen)}"]
        background.start(command, kind="regroup", dataset=name, expected_seconds=5.0)


def show_other_communities(info: DatasetInfo) -> None:
    """Offer the same data with other communities."""
    st.subheader("The same data, other communities")
    found = load_other_communities(info.name, info.key)
    current = parts(info.group)
    if SOURCES[info.source].unit == "question":
        st.caption("These data hold countries and questions, no persons: nothing else can be the community.")
        return
    if set(found["column"]) <= {*current, "country"} and len(current) == 1:
        st.caption("There is no other survey answer in these data.")
        return
    st.write(
        "Any survey answer can be the community, alone or combined with others. Users, pairs, split and scores stay; "
        f"of a combination those with at least {text.FEW_USERS} users become communities."
    )
    labels = {
        name: f"{name} · {text.count(values, 'value')}, {large} with {text.FEW_USERS} users or more"
        for name, values, large in zip(found["column"], found["values"], found["large"], strict=True)
    }
    refused = people.refusal("upload")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect(
            "Communities are the values of",
            list(labels),
            format_func=text.label_of(labels),
            key=_columns_key(info),
            placeholder="Choose one answer, or several to combine",
        )
        taken = load.list_datasets()
        proposed = words.proposed_name("-".join([info.name, *chosen]), taken) if chosen else ""
        name = st.text_input("Name", proposed, key=f"regroup_name_{proposed}", width=260, max_chars=MOST_NAME)
        problem = words.name_problem(name, taken)
        st.button(
            "Register",
            icon=":material/group_work:",
            key="regroup",
            disabled=refused is not None or not chosen or chosen == current or problem is not None,
            on_click=partial(_regroup, info, f"regroup_name_{proposed}"),
        )
    if refused:
        st.caption(refused)
    elif chosen and chosen == current:
        st.caption("These are the communities it has.")
    elif problem and chosen:
        st.caption(text.plain(problem))
    with st.expander(f"Table · {text.count(len(found), 'survey answer')}", icon=":material/table:"):
        alt = "Survey answers that can be communities"
        components.table(twin(found, columns.OTHER_COMMUNITIES), "other_communities_table", alt)
