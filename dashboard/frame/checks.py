"""The cards of the falsification checks: each asks one question, runs only when asked, and shows what was found."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from functools import partial

import pandas as pd
import streamlit as st

from dashboard.frame import background, components, load, people
from dashboard.frame.state import Selection
from dashboard.kit import glossary, text
from scpo import results
from scpo.jobs.children import Child
from scpo.results.checks import CHECKS, MEAN, Check, CheckDocument, Number, find_check

UNITS = {"percent": ", %", "points": ", points", "number": ""}


def show_checks(selection: Selection, page: str) -> None:
    """Draw the cards of a page's checks; closed until somebody asks, and not there while presenting."""
    rows = [] if glossary.is_plain() else [row for row in CHECKS.values() if row.page == page]
    if rows:
        st.subheader("What else could explain this?")
    for row in rows:
        with st.expander(row.question, icon=":material/science:", key=f"check_{row.name}", on_change="rerun") as card:
            if card.open:
                with components.errors_in_words():
                    _card(selection, row)
        if not card.open:
            with components.errors_in_words():
                found = _kept(selection, row)
                if found is not None:
                    st.caption(text.plain(found.conclusion))


def _kept(selection: Selection, row: Check) -> CheckDocument | None:
    """Return what the check has found if somebody has asked before; quick."""
    scored, runs = load.load_scored(selection), load.load_finished(selection)
    return find_check(results.open_store(), scored, runs, row.name, level=selection.level)


def command(selection: Selection, row: Check) -> list[str]:
    """Return the words after ``scpo`` that carry a check out as its card does."""
    data, model, _ = selection.scores
    level = [] if selection.level == 0.95 else [f"--level={selection.level:g}"]
    return ["check", row.name, f"--data={data}", f"--model={model}", *level]


def _card(selection: Selection, row: Check) -> None:
    words = command(selection, row)
    child = background.last("check", words)
    if child is not None and child.alive:
        st.fragment(_running, run_every=background.REFRESH)(child, row)
        return
    found = _kept(selection, row)
    if found is not None:
        _found(selection, row, found)
        return
    background.outcome(child, failed="The check was not finished", cancelled="It was cancelled; nothing was kept.")
    data, model, _ = selection.scores
    st.button(
        "Check",
        icon=":material/play_arrow:",
        key=f"start_check_{row.name}",
        disabled=people.refusal("start") is not None,
        help=people.refusal("start"),
        on_click=partial(background.start, words, kind="check", dataset=data, model=model),
    )
    _explain(selection, row)


def _running(child: Child, row: Check) -> None:
    """Show how far a check is; once it has ended the page is drawn anew."""
    with components.errors_in_words():
        if not child.alive:
            st.rerun()
        background.bar(child, row.label, key=f"cancel_check_{row.name}")


def _found(selection: Selection, row: Check, found: CheckDocument) -> None:
    shown = found.shown(selection.countries)
    st.markdown(f"**{text.plain(found.conclusion)}**")
    alt = f"{row.label}: what the check found in each community"
    components.table(table(shown, row, load.name_of(selection)), f"check_table_{row.name}", alt)
    st.caption(text.plain(about(shown, found)))
    _explain(selection, row)


def about(shown: CheckDocument, found: CheckDocument) -> str:
    """Say what the numbers rest on, what was left out, and what the marks mean."""
    places = {row.country for row in found.rows} - {MEAN}
    seen = {row.country for row in shown.rows} - {MEAN}
    over = text.count(len(found.family), "community", "communities")
    parts = [f"{text.level_name(found.level)} intervals. ●: holds after Holm's correction over {over}."]
    if len(seen) < len(places):
        parts.append(f"{len(seen)} chosen of {len(places)}; the sentence and the correction are those of all.")
    tau, beta = (_number_of(found.about.get(key)) for key in ("tau", "beta"))
    setting = text.setting_label(str(found.about.get("method")), tau, beta)
    fitted = "calibrated to finished runs" if found.about.get("calibrated") else "a default, no run calibrates it"
    parts.append(f"Last-layer estimates of {setting}, λ {found.about['ridge']:.3g} ({fitted}).")
    parts += [f"{note}" for note in found.notes]
    if found.left_out:
        parts.append("Left out: " + "; ".join(f"{one} ({why})" for one, why in found.left_out.items()) + ".")
    return " ".join(parts)


def _number_of(value: str | float | bool | None) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def table(found: CheckDocument, row: Check, name: Callable[[str], str]) -> pd.DataFrame:
    """Return the rows of a check as they are shown: value, interval and mark in one cell.

    Parameters
    ----------
    name : callable
        Writes a community for a reader.
    """
    quantities = [one for one in row.quantities if one.shown]
    lines = []
    for one in found.rows:
        place = f"Mean of {len(found.family)}" if one.country == MEAN else name(one.country)
        if one.other is not None:
            place += f", {text.method_label(name(one.other))}"
        numbers = [one.numbers.get(quantity.name) for quantity in quantities]
        first = next((number for number in numbers if number is not None), None)
        lines.append(
            {"Community": f"{place} (too few users)" if one.too_few_users else place}
            | {
                f"{q.heading}{UNITS[q.kind]}": cell(number, q.kind)
                for q, number in zip(quantities, numbers, strict=True)
            }
            | {
                "Test users": None if first is None else first.n_users,
                "Test pairs": None if first is None else first.n_pairs,
                "Training users": one.n_train_users,
                "Training pairs": one.n_train_pairs,
            }
        )
    return pd.DataFrame(lines)


def cell(number: Number | None, kind: str) -> str:
    """Write a number with its interval; a filled mark where it holds after the correction."""
    if number is None or number.value is None:
        return text.UNKNOWN
    low, high = (math.nan if end is None else end for end in (number.low, number.high))
    if kind == "number":
        written, ends = f"{number.value:.2f}", f"[{low:.2f}, {high:.2f}]"
        written, ends = written.replace("-", "−"), ends.replace("-", "−")
    elif kind == "points":
        written, ends = text.signed(number.value), text.points_range(low, high)
    else:
        written, ends = f"{100 * number.value:.1f}", text.percent_range(low, high)
        ends = f"[{100 * low:.1f}, …]" if number.low is not None and number.high is None else ends
    mark = " ●" if number.holm_p is not None and number.holm_p < text.ALPHA else ""
    written = f"≥ {written}" if number.at_least else written
    return f"{written}{mark}" if math.isnan(low) else f"{written} {ends}{mark}"


def _explain(selection: Selection, row: Check) -> None:
    with st.container(horizontal=True, gap="small"):
        with st.popover("How computed", icon=":material/function:", type="tertiary"):
            st.markdown(text.how(row.definition))
        with st.popover("Repeat it", icon=":material/terminal:", type="tertiary"):
            st.code(shlex.join(["scpo", *command(selection, row)]), language="bash")
