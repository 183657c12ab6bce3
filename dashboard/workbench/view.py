"""The Workbench: sliders, and what depends on them, in one fragment; what is cheap is drawn before the previews."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st
from scipy.special import logit

from dashboard import pickers
from dashboard.figures import MOST_ROWS
from dashboard.frame import actions, components, state
from dashboard.frame import load as data
from dashboard.frame.state import Selection
from dashboard.kit import marks, text
from dashboard.kit import table as tables
from dashboard.kit.figure import Figure, show
from dashboard.tradeoff import previews
from dashboard.tradeoff.previews import Bench
from dashboard.workbench import charts, position
from dashboard.workbench import controls as workbench_controls
from dashboard.workbench import kept as kept_pairs
from dashboard.workbench import start as workbench_start
from dashboard.workbench import words as workbench_words
from dashboard.workbench.position import Position
from scpo.config import DEFAULT_BETA, DEFAULT_TAU
from scpo.measures.frontier import DEFAULT_EPS


def show_page(selection: Selection) -> None:
    """Draw the page."""
    workbench_start.page_is_drawn()
    if actions.notice():
        st.page_link(workbench_start.RUNS_PAGE, label="See them on the page Runs", icon=":material/play_circle:")
    bench = previews.load_bench(selection)
    countries = previews.shown_countries(selection, bench)
    if not countries:
        st.header("None of these countries can be previewed")
        st.write("A preview needs training pairs and test pairs. Choose other countries in the sidebar, or none.")
        st.stop()
    position.arrive()
    facts = data.load_countries(replace(selection, countries=()))
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
    workbench_start.rerun_if_asked()
    with components.errors_in_words():
        bench = previews.load_bench(selection)
        names = dict(zip(facts["country"], facts["name"], strict=True))
        now = _seen(countries)
        shown = countries if now.view == state.MEAN else [now.view]
        kept = kept_pairs.kept_table(bench, now, shown, facts)
        caption = components.caption(selection, [])
        st.header(text.plain(workbench_words.kept_title(kept, now)))
        left, right = st.columns([2, 5], gap="large")
        with left:
            workbench_controls.show_controls(bench, now, countries, names)
        position.write_address(now)
        tradeoff = right.container()
        below = st.columns(2, gap="large")
        with below[0]:
            _histogram(caption, bench, now, shown, kept)
        with below[1]:
            _weights(caption, bench, now, shown, names)
        _kept(caption, kept)
        with tradeoff:
            _previews(selection, bench, now, countries)
        with left:
            workbench_start.show_start(selection, bench, now, countries, names)


def _seen(countries: Sequence[str]) -> Position:
    """Return the position; a country that is not there any more gives way to the mean, or to the only one."""
    now = position.current()
    options = [*([state.MEAN] if len(countries) > 1 else []), *countries]
    if now.view not in options:
        now = replace(now, view=options[0])
        position.put(now)
    return now


def _histogram(caption: str, bench: Bench, now: Position, shown: list[str], kept: pd.DataFrame) -> None:
    bins = kept_pairs.histogram(bench, now, shown)
    top = _round_up(float(bins[["disagreement", "agreement", "dropped"]].sum(axis=1).max()))
    taus = {f"τ {now.at(now.view)[0]:.2f}": now.at(now.view)[0]}
    if now.view == state.MEAN:
        taus |= {" " * place: tau for place, (c, tau, _) in enumerate(now.own, start=1) if c in shown}
    show(
        Figure(
            name="workbench_pairs",
            draw=lambda dark: charts.histogram_chart(bins, taus, top=top, dark=dark),
            title="Which training pairs the filter keeps",
            subtitle=workbench_words.kept_subtitle(kept),
            caption=caption,
            alt=f"Stacked histogram of {int(kept['n_pairs'].sum())} training pairs by p_glo with the line of tau.",
            how=text.how("kept"),
            table=bins,
            columns=tables.P_BINS,
        ),
        level=3,
        lazy=True,
    )


def _round_up(value: float) -> float:
    """Return the end of an axis of counts: two digits, above the value, so that labels fit."""
    size = 10 ** max(0, int(np.floor(np.log10(max(value, 1)))) - 1)
    return float(np.ceil(1.15 * value / size) * size)


def _weights(caption: str, bench: Bench, now: Position, shown: list[str], names: dict[str, str]) -> None:
    ends, pairs = bench.once(("gaps", tuple(shown)), lambda: _gaps(bench, shown))
    tau, beta = now.at(now.view)
    settings = [(workbench_words.values(tau, beta), tau, beta, 0)]
    if now.view == state.MEAN:
        settings += [
            (f"{names.get(c, c)}: {workbench_words.values(t, b)}", t, b, 1) for c, t, b in now.own if c in shown
        ]
    settings.append((f"Paper: {workbench_words.values(DEFAULT_TAU, DEFAULT_BETA)}", DEFAULT_TAU, DEFAULT_BETA, 2))
    curves = pd.concat(
        [
            kept_pairs.weight_curve(t, b, ends, dropped=rank == 0).assign(label=label, rank=rank)
            for label, t, b, rank in settings
        ],
        ignore_index=True,
    )
    cut = [float(logit(tau))] if tau < 1 else []
    show(
        Figure(
            name="workbench_weights",
            draw=lambda dark: charts.weight_chart(curves, pairs, cut, ends=ends, dark=dark),
            title=workbench_words.weight_title(beta),
            subtitle="Line: weight of a kept pair, 0 where it is dropped; dashed: the paper's setting. Grey: where "
            f"{text.count(pairs['n_pairs'].sum(), 'training pair')} lie, height not to scale.",
            caption=caption,
            alt=f"Line of the weight over the gap for {workbench_words.values(tau, beta)}.",
            how=text.how("weight", "kept"),
            table=curves,
            columns=tables.WEIGHTS,
        ),
        level=3,
        lazy=True,
    )


def _gaps(bench: Bench, countries: list[str]) -> tuple[tuple[float, float], pd.DataFrame]:
    ends = kept_pairs.gap_range(bench, countries)
    return ends, kept_pairs.density(bench, countries, ends)


def _kept(caption: str, kept: pd.DataFrame) -> None:
    shown = kept.sort_values("name") if len(kept) <= MOST_ROWS else kept.nlargest(MOST_ROWS, "n_pairs")
    few = f" The {len(kept) - len(shown)} countries with fewest pairs are in the table only." * (len(shown) < len(kept))
    show(
        Figure(
            name="workbench_kept",
            draw=lambda dark: charts.kept_chart(shown.reset_index(drop=True), dark=dark),
            title=workbench_words.effective_title(kept),
            subtitle=f"Filter + weight: kept share (circle) and effective sample size (square) per country.{few}",
            caption=caption,
            alt=f"Dot plot of kept share and effective sample size in {text.count(len(shown), 'row')}.",
            how=text.how("kept", "effective"),
            table=kept,
            columns=tables.KEPT,
        ),
        level=3,
        lazy=True,
    )


def _previews(selection: Selection, bench: Bench, now: Position, countries: list[str]) -> None:
    rule = pickers.RULE_LABELS[st.session_state.get(workbench_controls.RULE, next(iter(pickers.RULE_LABELS)))]
    log = (
        st.segmented_control("Axes", ["Linear", "Log"], default="Linear", key="workbench_scale", required=True) == "Log"
    )
    wanted = countries if now.view == state.MEAN else [now.view]
    rows = previews.load_previews(bench, now, wanted, rule=rule, eps=DEFAULT_EPS)
    corners, finished = bench.once(
        ("fixed", selection, tuple(wanted)), lambda: _fixed(selection, bench, wanted, now.view)
    )
    x, y = charts.preview_domains(corners, rows, finished, log=log)
    missing = int((~(rows["true_value"] > 0) & (rows["method"] != "global")).sum()) if log else 0
    left_out = f" {text.count(missing, 'preview')} not shown on log axes (recovered share 0)." if missing else ""
    budget = workbench_words.budget(bench.calibration.training)
    both = pd.concat([rows.assign(kind="preview"), finished.assign(kind="finished")], ignore_index=True)
    caption = components.caption(selection, text.all_runs(finished) if len(finished) else [])
    show(
        Figure(
            name="workbench_preview",
            draw=lambda dark: charts.preview_chart(rows, finished, x=x, y=y, log=log, dark=dark),
            title=workbench_words.preview_title(rows),
            subtitle=workbench_words.preview_subtitle(
                rows, finished, now, budget, level=selection.level, left_out=left_out
            ),
            caption=f"{caption.removesuffix('.')}; {workbench_words.PREVIEW_NOTE}, λ {bench.calibration.ridge:.3g}.",
            alt=f"Scatter plot of {len(rows) - 1} previewed settings and {len(finished)} finished ones.",
            how=text.how("preview", "all_country", "true_country", "interval", "mean", "stable", "few"),
            table=both[both["method"] != "global"],
            columns=tables.PREVIEWS,
        ),
        level=3,
        lazy=True,
    )
    if not bench.calibration.calibrated or bench.calibration.poor:
        st.warning(text.plain(workbench_words.fidelity(bench.calibration)), icon=":material/warning:")
    else:
        st.caption(text.plain(workbench_words.fidelity(bench.calibration)))


def _fixed(selection: Selection, bench: Bench, countries: list[str], view: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what no slider changes: the settings that fix the axes, and the finished ones."""
    corners, finished = (
        previews.load_corners(bench, countries),
        previews.load_finished_points(selection, bench, countries),
    )
    if len(finished):
        finished = marks.with_words(finished[finished["country"] == view])
    columns = [c for c in corners if c.startswith(("all_", "true_")) or c in ("method", "too_few_users")]
    return corners.loc[corners["country"] == view, columns], finished


def _fidelity(selection: Selection, bench: Bench, facts: pd.DataFrame) -> None:
    """Show per country how well previews foretell finished runs."""
    table = previews.fidelity_table(bench, facts)
    if table.empty:
        return
    with st.expander("How well do these previews foretell a finetune?", icon=":material/verified:"):
        st.write(text.plain(workbench_words.fidelity(bench.calibration)))
        st.dataframe(
            tables.twin(table, tables.FIDELITY),
            key="workbench_fidelity",
            hide_index=True,
            alt="Agreement of previews with finished runs per country",
        )
        st.caption(text.plain(components.caption(selection, bench.calibration.runs)))
