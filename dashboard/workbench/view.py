"""The Workbench: sliders, and what depends on them, in one fragment; what is cheap is drawn before the previews."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard.frame import actions, components, load
from dashboard.frame.state import Selection
from dashboard.kit import marks, text
from dashboard.kit.figure import MOST_ROWS, Figure, show
from dashboard.kit.table import twin
from dashboard.tradeoff.load import load_noise
from dashboard.tradeoff.previews import Bench, load_bench, shown_countries
from dashboard.workbench import columns, controls, kept, position, proposal, start, words
from dashboard.workbench.asked import name_lost
from dashboard.workbench.charts.kept import kept_chart
from dashboard.workbench.charts.pairs import histogram_chart, weight_chart
from dashboard.workbench.charts.preview import BEFORE, PAPER, PROPOSED, preview_chart, preview_domains
from dashboard.workbench.load import fidelity_table, load_corners, load_finished_points, load_ghost, load_previews
from dashboard.workbench.position import Position
from dashboard.workbench.proposal import Proposal
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, ObjectiveConfig
from scpo.definitions import markdown
from scpo.method.objective import gap_at
from scpo.results import MEAN

SCALE = "workbench_scale"


def show_page(selection: Selection) -> None:
    """Draw the page."""
    start.page_is_drawn()
    if actions.notice():
        st.page_link(start.RUNS_PAGE, label="See them on the page Runs", icon=":material/play_circle:")
    bench = load_bench(selection)
    countries = shown_countries(selection, bench)
    if not countries:
        st.header("None of these countries can be previewed")
        st.write("A preview needs training pairs and test pairs. Choose other countries in the sidebar, or none.")
        st.stop()
    position.arrive()
    name_lost(countries)
    facts = load.load_countries(replace(selection, countries=()))
    _left_out(selection, countries, facts)
    st.fragment(_sliders)(selection, countries, facts)
    _fidelity(selection, bench, facts)


def _left_out(selection: Selection, countries: Sequence[str], facts: pd.DataFrame) -> None:
    """Say which selected countries have no preview."""
    names = facts.set_index("country")["name"]
    missing = [names.get(country, country) for country in selection.countries if country not in countries]
    if missing:
        st.info(text.plain(f"No training or no test pairs, so no preview: {text.listed(missing)}."))


def _sliders(selection: Selection, countries: list[str], facts: pd.DataFrame) -> None:
    start.rerun_if_asked()
    with components.errors_in_words():
        bench = load_bench(selection)
        names = dict(zip(facts["country"], facts["name"], strict=True))
        now = _seen(countries)
        shown = start.shown_of(now, countries)
        proposed = proposal.standing(selection, shown)
        method = proposal.method(proposed, now, shown)
        table = kept.kept_table(bench, now, shown, facts)
        caption = components.caption(selection, [])
        finding = st.container()
        controls.show_sliders(now, countries, names)
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="workbench_presets"):
            controls.show_presets()
            proposal.show_button(selection, bench, now, countries, names)
            start.show_button(selection, bench, now, method, countries, names)
        proposal.show_words(proposed)
        controls.show_own_values(now, countries, names)
        position.write_address(now)
        tradeoff, pairs = st.columns([3, 2], gap="medium")
        below = st.columns(2, gap="large")
        with pairs:
            _histogram(caption, bench, now, shown, table)
        with below[0]:
            _weights(caption, bench, now, shown, names)
        with below[1]:
            _kept(caption, table)
        with tradeoff:
            rows = _previews(selection, bench, now, countries, method, proposed)
        finding.header(text.plain(words.preview_title(rows, method)))
        start.show_cost(selection, bench, now, method, countries)


def _seen(countries: Sequence[str]) -> Position:
    """Return the position; a country that is not there any more gives way to the mean, or to the only one."""
    now = position.current()
    options = [*([MEAN] if len(countries) > 1 else []), *countries]
    if now.view not in options:
        now = replace(now, view=options[0])
        position.put(now)
    return now


def _histogram(caption: str, bench: Bench, now: Position, shown: list[str], table: pd.DataFrame) -> None:
    bins = kept.histogram(bench, now, shown)
    top = _round_up(float(bins[["disagreement", "agreement", "dropped"]].sum(axis=1).max()))
    taus = {f"τ {now.at(now.view)[0]:.2f}": now.at(now.view)[0]}
    if now.view == MEAN:
        taus |= {" " * place: tau for place, (c, tau, _) in enumerate(now.own, start=1) if c in shown}
    show(
        Figure(
            name="workbench_pairs",
            draw=lambda dark: histogram_chart(bins, taus, top=top, dark=dark),
            title=words.kept_title(table, now),
            subtitle=words.kept_subtitle(table),
            caption=caption,
            alt="Stacked histogram of training pairs by p_glo, with the line of τ.",
            how=text.how("kept", own=words.HOW),
            table=bins,
            columns=columns.P_BINS,
        ),
        lazy=True,
    )


def _round_up(value: float) -> float:
    """Return the end of an axis of counts: two digits, above the value, so that labels fit."""
    size = 10 ** max(0, int(np.floor(np.log10(max(value, 1)))) - 1)
    return float(np.ceil(1.15 * value / size) * size)


def _weights(caption: str, bench: Bench, now: Position, shown: list[str], names: dict[str, str]) -> None:
    ends, pairs = bench.once(("gaps", tuple(shown)), lambda: kept.density(bench, shown))
    tau, beta = now.at(now.view)
    settings = [(words.values(tau, beta), tau, beta, 0)]
    if now.view == MEAN:
        settings += [(f"{names.get(c, c)}: {words.values(t, b)}", t, b, 1) for c, t, b in now.own if c in shown]
    settings.append((f"Paper: {words.values(DEFAULT_TAU, DEFAULT_BETA)}", DEFAULT_TAU, DEFAULT_BETA, 2))
    curves = pd.concat(
        [kept.curve(t, b, ends, dropped=rank == 0).assign(label=label, rank=rank) for label, t, b, rank in settings],
        ignore_index=True,
    )
    cut = [float(gap_at(tau))] if tau < 1 else []
    show(
        Figure(
            name="workbench_weights",
            draw=lambda dark: weight_chart(curves, pairs, cut, ends=ends, dark=dark),
            title=words.weight_title(beta),
            subtitle="Line: weight of a kept pair, 0 where it is dropped; dashed: the paper's setting. Grey: "
            f"{text.count(pairs['n_pairs'].sum(), 'training pair')} in this range, height not to scale.",
            caption=caption,
            alt="Lines of the weight over the gap: where the sliders stand, and the paper's setting.",
            how=text.how("weight", "kept", own=words.HOW),
            table=curves,
            columns=columns.WEIGHTS,
        ),
        level=3,
        lazy=True,
    )


def _kept(caption: str, table: pd.DataFrame) -> None:
    shown = table.sort_values("name") if len(table) <= MOST_ROWS else table.nlargest(MOST_ROWS, "n_pairs")
    left_out = len(table) - len(shown)
    few = f" The {left_out} countries with fewest pairs are in the table only." if left_out else ""
    show(
        Figure(
            name="workbench_kept",
            draw=lambda dark: kept_chart(shown.reset_index(drop=True), dark=dark),
            title=words.effective_title(table),
            subtitle=f"Filter + weight: kept share (circle) and effective sample size (square) per country.{few}",
            caption=caption,
            alt="Dot plot of kept share and effective sample size per country.",
            how=text.how("kept", "effective", own=words.HOW),
            table=table,
            columns=columns.KEPT,
        ),
        level=3,
        lazy=True,
    )


def _previews(
    selection: Selection, bench: Bench, now: Position, countries: list[str], method: str, proposed: Proposal | None
) -> pd.DataFrame:
    """Draw the previews, and return them."""
    log = st.session_state.get(SCALE) == "Log"
    wanted = start.shown_of(now, countries)
    rows = load_previews(bench, now, wanted)
    corners, finished, noise = bench.once(
        ("fixed", selection, tuple(wanted)), lambda: _fixed(selection, bench, wanted, now.view)
    )
    ghosts = [
        load_ghost(selection, bench, label, there, its, wanted)
        for label, there, its in _ghosts(now, wanted, method, proposed)
    ]
    x, y = preview_domains(corners, rows, finished, log=log)
    missing = int((~(rows["true_value"] > 0) & (rows["method"] != "global")).sum()) if log else 0
    left_out = f" {text.count(missing, 'preview')} not shown on log axes (recovered share 0)." if missing else ""
    done = words.finished(finished, words.budget(bench.calibration.training))
    both = pd.concat([rows.assign(kind="preview"), finished.assign(kind="finished")], ignore_index=True)
    caption = components.caption(selection, text.all_runs(finished) if len(finished) else [])
    show(
        Figure(
            name="workbench_preview",
            draw=lambda dark: preview_chart(rows, finished, noise, ghosts, x=x, y=y, log=log, dark=dark),
            title=words.PREVIEW_NAME,
            subtitle=words.preview_subtitle(rows, level=selection.level, calibrated=bench.calibration.calibrated)
            + left_out,
            caption=f"{caption.removesuffix('.')}; {words.PREVIEW_NOTE}, λ {bench.calibration.ridge:.3g}; {done}.",
            alt="Scatter plot of previewed settings hollow, finished ones filled, and faint where the sliders stood.",
            how=text.how(
                "preview",
                "all_country",
                "true_country",
                "excess",
                "noise",
                "interval",
                "mean",
                "stable",
                "few",
                own=words.HOW,
            ),
            table=both[both["method"] != "global"],
            columns=columns.PREVIEWS,
            finding=words.preview_title(rows, method),
        ),
        lazy=True,
    )
    st.segmented_control(
        "Axes", ["Linear", "Log"], default="Linear", key=SCALE, required=True, label_visibility="collapsed"
    )
    if not bench.calibration.calibrated or bench.calibration.poor:
        st.warning(text.plain(words.fidelity(bench.calibration)), icon=":material/warning:")
    else:
        st.caption(text.plain(words.fidelity(bench.calibration)))
    return rows


def _ghosts(
    now: Position, shown: Sequence[str], method: str, proposed: Proposal | None
) -> Iterator[tuple[str, Position, str]]:
    """Yield what is marked besides the present place of the sliders: its label, where it stands, its method."""

    def asked(there: Position) -> list[tuple[ObjectiveConfig, ...]]:
        return [there.objectives(country, [method]) for country in shown]

    before, paper = position.last(), Position(view=now.view)
    both = before is not None and asked(before) == asked(paper)
    if before is not None and not both and asked(before) != asked(now):
        yield BEFORE, before, method
    if asked(paper) != asked(now):
        yield f"{BEFORE}, {PAPER}" if both else PAPER, paper, method
    if proposed is not None and (best := proposed.objective) is not None:
        yield PROPOSED, Position(best.tau or DEFAULT_TAU, best.beta or DEFAULT_BETA, view=now.view), best.method


def _fixed(
    selection: Selection, bench: Bench, countries: list[str], view: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return what no slider changes: the settings that fix the axes, the finished ones, and the noise curve."""
    corners, finished = (
        load_corners(bench, countries),
        load_finished_points(selection, bench, countries),
    )
    if len(finished):
        finished = marks.with_words(finished[finished["country"] == view])
    needed = [
        name for name in corners.columns if name.startswith(("all_", "true_")) or name in ("method", "too_few_users")
    ]
    noise = load_noise(selection, corners[corners["country"] == view])
    return corners.loc[corners["country"] == view, needed], finished, noise[noise["country"] == view]


def _fidelity(selection: Selection, bench: Bench, facts: pd.DataFrame) -> None:
    """Show per country how well previews foretell finished runs."""
    table = fidelity_table(bench, facts)
    if table.empty:
        return
    with st.expander("How well do these previews foretell a finetune?", icon=":material/verified:"):
        st.markdown("\n".join(f"- {text.plain(one)}" for one in words.fidelity_in_full(bench.calibration)))
        st.markdown(markdown("fidelity"))
        st.dataframe(
            twin(table, columns.FIDELITY),
            key="workbench_fidelity",
            hide_index=True,
            alt="Agreement of previews with finished runs per country",
        )
        st.caption(text.plain(components.caption(selection, bench.calibration.runs)))
