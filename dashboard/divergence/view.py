"""The figures, pickers and details of the page Divergence."""

from __future__ import annotations

import time
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.divergence import columns, pickers, tables, words
from dashboard.divergence.charts import plane, to_global, triangle
from dashboard.divergence.load import Distances, load_distances, load_examples, load_to_global
from dashboard.frame import components, load, places
from dashboard.frame.state import Selection
from dashboard.kit import glossary, matrix, text
from dashboard.kit.figure import Figure, show
from dashboard.kit.shortnames import explained, short_names
from scpo.results.community_pairs import p_glo_distribution

PAIRS_PAGE = places.page("pairs")

DETAILS = 240
"""Width of the details in pixels."""

MOST_LETTERS = 240
"""Texts of examples are cut after so many letters; the page Pairs has them whole."""


def opened(selection: Selection) -> Distances:
    """Return the distances, with a bar while they are computed; stop the page where there can be none."""
    info = load.info_of(selection)
    if len(info.users_per_country) < 2:
        st.header("A divergence needs two communities")
        st.write("This data set has pairs of one community only. Register preferences that name the community:")
        st.code("scpo data add mine --source pairs --path preferences.csv", language="bash")
        st.stop()
    place, started = st.empty(), time.monotonic()

    def tell(done: int, total: int) -> None:
        left = (time.monotonic() - started) * (total - done) / done if done else None
        said = f"Measuring distances: {done} of {total} communities and couples · {text.duration(left)}"
        place.progress(done / max(1, total), text=text.plain(said))

    found = load_distances(selection, tell)
    place.empty()
    return found


def show_note(selection: Selection, found: Distances) -> None:
    """Say which communities are left out, and which chosen countries are among them."""
    info = load.info_of(selection)
    name = load.community_name(info)
    missing = sorted(set(info.users_per_country) - set(found.names), key=name)
    chosen = [name(code) for code in missing if code in selection.countries]
    if chosen:
        said = f"Chosen in the sidebar, but without distances: {text.listed(chosen)} (fewer than eight users)."
        st.info(text.plain(said), icon=":material/info:")


def couple_details(couples: pd.DataFrame, communities: pd.DataFrame, couple: str | None, *, level: float) -> None:
    """Show the selected couple: distance, interval, noise floors, users and pairs."""
    found = couples[couples["couple"] == couple]
    with st.container(border=True, key="couple_details"):
        if found.empty:
            st.caption(
                text.plain(
                    "Nothing selected: click a cell to see its distance, its noise floor and examples. "
                    "Click a name to choose the country on every page."
                )
            )
            return
        row = found.iloc[0]
        people = communities.set_index("country")
        st.markdown(f"**{text.plain(row['first_name'])} and {text.plain(row['second_name'])}**")
        st.caption(text.plain(words.couple(row)))
        facts = {
            f"Distance, {text.level_name(level)} interval": triangle.distance_words(row),
            "Sample of both": text.sample_text(row),
        }
        for name, code in ((row["first_name"], row["first"]), (row["second_name"], row["second"])):
            facts[f"Noise floor of {name}"] = words.floor(people.loc[code])
        facts["Verdict"] = triangle.verdict(row)
        components.facts(facts)


def side_by_side(found: Distances) -> tuple[Any, Any]:
    """Return a place for the triangle, as wide as it is, and one for the details: beside, below on a small screen."""
    people = tables.communities(found)
    where = matrix.plan(people["name"].tolist(), tree=found.tree is not None)
    with st.container(horizontal=True, gap="medium"):
        return st.container(width=max(560, where.width + 8)), st.container(width=DETAILS)


def show_triangle(selection: Selection, found: Distances, couples: pd.DataFrame, couple: str | None) -> None:
    """Show the distances of all couples in the order of the tree."""
    ids = couples["couple"].tolist()
    show(
        triangle_figure(selection, found, couples, couple),
        on_click=partial(pickers.after_place_click, chosen=selection.countries),
        on_row=lambda i: {pickers.COUPLE: ids[i]},
    )


def triangle_figure(selection: Selection, found: Distances, couples: pd.DataFrame, couple: str | None = None) -> Figure:
    """Draw the distances of all couples."""
    people, grown = tables.communities(found), tables.branches(found)
    info = load.info_of(selection)
    missing = len(set(info.users_per_country) - set(found.names))
    out = f" {text.count(missing, 'community', 'communities')} with fewer than eight users left out." if missing else ""
    beside = "Tree: branches dashed below 70 % support." if len(grown) else "No tree: a distance is unknown."
    chosen = selection.countries
    draw = partial(triangle.triangle_chart, couples, people, grown, chosen=chosen, couple=couple)
    short = short_names(people["country"])
    return Figure(
        name="distances",
        draw=lambda dark: draw(dark=dark),
        draw_fitted=lambda room, dark: draw(dark=dark, room=room),
        short_names=explained(short, dict(zip(people["country"], people["name"], strict=True))),
        title="How differently communities order the same pairs of responses",
        finding=words.title(couples),
        subtitle=f"Distance in % of common pairs; all pairs of {len(people)} communities, "
        f"{people['n_users'].sum():,} users, {text.level_name(selection.level)} intervals. Bold: they differ, "
        "Holm over all couples; faded: no difference shown; diagonal: upper end of the community's own noise "
        "floor, in %. A lower bound set by the model's features, between models, not people. "
        f"{beside}{out}",
        caption=components.caption(selection, []),
        alt=f"Triangle of distances between {len(people)} communities with a tree; "
        f"{int(couples['differs'].sum())} of {len(couples)} couples differ.",
        how=text.how("distance", "test", "jackknife", "noise_floor", "tree", "few_users", own=words.HOW),
        table=couples,
        columns=columns.COUPLES,
        wide=False,
    )


def show_to_global(selection: Selection, found: Distances) -> None:
    """Show how often the global model disagrees, and the distribution behind it."""
    table = load_to_global(selection, found.order)
    chosen, countries = selection.countries, table["country"].tolist()
    left, right = (st.container(), st.container()) if glossary.is_plain() else st.columns(2, gap="large")
    with left:
        show(
            Figure(
                name="to_global",
                draw=lambda dark: to_global.to_global_chart(table, chosen=chosen, dark=dark),
                title=words.to_global_title(table),
                subtitle="Share of all pairs (training and test users) on which the global model prefers the rejected "
                "response; bars 80 % (thick) and 95 % (thin). Grey: not chosen, or fewer than ten users (open).",
                caption=components.caption(selection, []),
                alt="Dot plot with intervals: disagreement of the global model in "
                f"{text.count(len(table), 'community', 'communities')}.",
                how=text.how("to_global", "users", own=words.HOW),
                table=table,
                columns=columns.TO_GLOBAL,
            ),
            on_click=partial(pickers.after_place_click, chosen=chosen),
            on_row=lambda i: pickers.after_row(countries[i], chosen=chosen),
        )
    if glossary.is_plain():
        return
    spread = p_glo_distribution(table, keep=["country", "name", "n_pairs", "n_users", "too_few_users"])
    with right:
        show(
            Figure(
                name="p_glo",
                draw=lambda dark: to_global.p_glo_chart(spread, table, chosen=chosen, dark=dark),
                title="How sure the global model is, right or wrong",
                subtitle="Pairs of the same communities in the same order by p_glo; left of 0.5, coloured, it "
                "disagrees; triangle: median. All areas are equal.",
                caption=components.caption(selection, []),
                alt=f"Distributions of p_glo in {text.count(len(table), 'community', 'communities')}.",
                how=text.how("p_glo_spread", own=words.HOW),
                table=spread,
                columns=columns.P_SPREAD,
                finding=words.p_glo_title(table),
            )
        )


def show_map(selection: Selection, found: Distances) -> None:
    """Show the communities in the plane; nothing with fewer than three."""
    points, clouds = tables.map_points(found), tables.map_clouds(found)
    if found.plane is None or len(points) < 3:
        st.caption("A map in the plane needs three communities with distances.")
        return
    stress, chosen, countries = found.plane.stress, selection.countries, points["country"].tolist()
    trusted = stress <= tables.TRUSTED_STRESS
    note = "" if trusted else " Read the distances from the triangle instead."
    show(
        Figure(
            name="distance_map",
            draw=lambda dark: plane.map_chart(points, clouds, chosen=chosen, trusted=trusted, dark=dark),
            title=words.map_title(stress),
            subtitle=f"Distances of {len(points)} communities laid out in the plane; outlines hold 80 % of draws "
            f"within the intervals; where they overlap, places may be swapped.{note}",
            caption=components.caption(selection, []),
            alt=f"Map of {len(points)} communities in the plane with outlines of uncertainty, stress {stress:.2f}.",
            how=text.how("map", "distance", own=words.HOW),
            table=points,
            columns=columns.MAP_POINTS,
            wide=False,
        ),
        on_click=partial(pickers.after_place_click, chosen=chosen),
        on_row=lambda i: pickers.after_row(countries[i], chosen=chosen),
    )


def show_examples(selection: Selection, couples: pd.DataFrame, couple: str | None) -> None:
    """Show pairs of both communities of the selected couple on which the global model disagrees most."""
    found = couples[couples["couple"] == couple]
    if found.empty:
        return
    row = found.iloc[0]
    st.subheader(text.plain(f"Where the global model disagrees most with {row['first_name']} and {row['second_name']}"))
    _say_whose_words(selection)
    for column, code, name in zip(
        st.columns(2, gap="large"), (row["first"], row["second"]), (row["first_name"], row["second_name"]), strict=True
    ):
        with column:
            _examples(name, load_examples(selection, code))


def show_examples_of(selection: Selection, country: str, name: str) -> None:
    """Show pairs of one community on which the global model disagrees most."""
    _say_whose_words(selection)
    _examples(name, load_examples(selection, country))


def _say_whose_words(selection: Selection) -> None:
    info = load.info_of(selection)
    st.caption(
        text.plain(
            "The pairs with the most negative gap, one per person: extremes, not averages. Prompts that two "
            "communities share are too rare to put side by side. The texts are other people's words and may be "
            f"offensive or wrong; flagged ones are left out. Licence: {info.licence}."
        )
    )


def _examples(name: str, pairs: pd.DataFrame) -> None:
    st.markdown(f"**{text.plain(name)}**")
    if pairs.empty:
        st.caption("No pair on which the global model disagrees.")
    for pair in pairs.to_dict("records"):
        with st.container(border=True):
            st.caption("Prompt")
            st.text(shortened(pair["prompt"]))
            one, other = st.columns(2)
            with one:
                st.caption("The person preferred")
                st.text(shortened(pair["chosen"]))
            with other:
                st.caption(text.plain("The global model prefers"))
                st.text(shortened(pair["rejected"]))
            if not glossary.is_plain():
                said = f"p_glo {pair['p_glo']:.3f}, gap −{-pair['gap']:.2f} logits · pair {pair['pair_id']}"
                st.caption(text.plain(said))
            if PAIRS_PAGE.exists():
                st.page_link(
                    PAIRS_PAGE,
                    label="Open on the page Pairs",
                    icon=":material/open_in_new:",
                    query_params={places.PAIR: str(pair["pair_id"])},
                )


def shortened(prose: Any, *, most: int = MOST_LETTERS) -> str:
    """Return a text on one line, cut at a word after `most` letters."""
    line = " ".join(str(prose).split())
    return line if len(line) <= most else line[:most].rsplit(" ", 1)[0] + " …"
