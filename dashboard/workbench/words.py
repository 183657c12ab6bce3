"""The Workbench in words: what is kept, what the preview says, how far it can be trusted, what runs will cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from dashboard.kit import text
from dashboard.tradeoff import words as tradeoff_words
from dashboard.workbench.position import Position
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, ObjectiveConfig, TrainingConfig
from scpo.methods import WEIGHT, half_weight_gap
from scpo.results import MEAN, Cost, Rates
from scpo.store.calibrations import AgreementRecord, CalibrationRecord

PREVIEW_NOTE = "preview: last-layer estimate, not a finetune"
REFERENCE_STEPS = 1024
"""Steps of every run in the paper's code."""


HOW = {
    **tradeoff_words.HOW,
    "stable": "**Axes** are fixed by a grid of settings and all finished runs, so that marks move and axes do not.",
    "kept": "**Kept**: a training pair is kept if p_glo, the global model's probability for what the person chose, is "
    "below τ; τ = 1 keeps all. Left of 0.5 the global model disagrees with the person. These are counts of training "
    "pairs, not estimates, so they have no interval.",
    "weight": f"**Weight** of a kept pair: {WEIGHT}. A pair on which the global model agrees weighs 1; the "
    "further it disagrees, the less a pair weighs.",
    "effective": "**Effective sample size**: (Σw)² / Σw², the number of equally weighted pairs with the same "
    "precision.",
}
"""What only these charts explain; the rest stands in `scpo.definitions`."""


def values(tau: float, beta: float) -> str:
    """Write a position: ``τ 0.70, β 1.10``."""
    return f"τ {tau:.2f}, β {beta:.2f}"


def kept_title(kept: pd.DataFrame, position: Position) -> str:
    """Say what the sliders keep of the shown countries."""
    pairs, left = int(kept["n_pairs"].sum()), int(kept["n_kept"].sum())
    share = text.percent(left / pairs) if pairs else text.UNKNOWN
    others = int(kept["own"].sum()) if len(kept) > 1 else 0
    own = f" ({text.count(others, 'country', 'countries')} at own values)" if others else ""
    return f"{values(*position.at(position.view))}{own} keep {share} of {text.count(pairs, 'training pair')}"


def kept_subtitle(kept: pd.DataFrame) -> str:
    """Say how many of the kept pairs are disagreements, and who gave them."""
    disagreeing = int(kept["n_disagreeing"].sum())
    return (
        f"{int(kept['n_kept'].sum()):,} kept, {disagreeing:,} of them disagreements; from "
        f"{text.count(kept['train_users'].sum(), 'training user')} in "
        f"{text.count(len(kept), 'country', 'countries')}. Dashed: p_glo 0.5."
    )


def effective_title(kept: pd.DataFrame) -> str:
    """Say between which countries the effective sample size lies."""
    low, high = kept.iloc[kept["effective"].argmin()], kept.iloc[kept["effective"].argmax()]
    if len(kept) == 1:
        return f"The kept pairs of {low['name']} are worth {low['effective']:,.0f} equally weighted ones"
    return (
        f"The kept pairs are worth {low['effective']:,.0f} ({low['name']}) to {high['effective']:,.0f} "
        f"({high['name']}) equally weighted ones"
    )


def weight_title(beta: float) -> str:
    """Say what beta does to a pair."""
    return f"With β {beta:.2f} a pair weighs half at a gap of −{-half_weight_gap(beta):.2f} logits"


def preview_title(rows: pd.DataFrame, method: str) -> str:
    """Say where a method stands, and that it is a preview."""
    row = rows[rows["method"] == method].iloc[0]
    if bool(row["too_few_users"]):
        return f"Preview: {row['name']} has {text.count(row['all_n_users'], 'test user')}, too few for a verdict"
    change = text.difference_estimate(row, "gain")
    return (
        f"Preview: {text.method_label(method)} recovers {text.percent(row['true_value'])} "
        f"({text.percent(row['blind_value'])} label-blind) and changes all-country accuracy by {change}"
    )


PREVIEW_NAME = "Where filter and weight would stand"
"""Names the figure whose finding heads the page."""


def preview_subtitle(rows: pd.DataFrame, *, level: float, calibrated: bool) -> str:
    """Say what is drawn: estimate, sample, interval."""
    row = rows.iloc[0]
    over = "users and the preview's own error" if calibrated else "users alone, its own error unknown"
    return (
        f"{row['name']}, {text.sample_text(row, 'all_')} ({text.count(row['true_n_pairs'], 'pair')} disagreeing). "
        f"{text.level_name(level)} intervals over {over}."
    )


def finished(found: pd.DataFrame, budget: str) -> str:
    """Say which finished runs are drawn."""
    if found.empty:
        return "no finished setting of the same budget here"
    return (
        f"filled: {text.count(len(found), 'finished setting')} of the same budget ({budget}), dotted line to the "
        "preview of the same setting"
    )


def budget(training: TrainingConfig | None) -> str:
    """Write a training budget."""
    if training is None:
        return "no budget yet"
    if training.last_layer_ridge is not None:
        return f"last layer only, λ {training.last_layer_ridge:.3g}"
    amount = f"{training.steps:,} steps" if training.steps is not None else f"{training.epochs:g} passes"
    return f"{amount} of {training.batch_pairs} pairs" if training.steps is not None else amount


def fidelity(record: CalibrationRecord) -> str:
    """Say in short how well previews foretell finished runs."""
    if not record.calibrated:
        return (
            "Not calibrated: too few settings are finished, so λ is a default and nobody knows how well these previews "
            "foretell a finetune. Their own error is unknown, so the intervals contain the chance of users alone. Read "
            "them as a direction, not as numbers."
        )
    off = [f"{_points(side.error)} ({label})" for side, label in _sides(record)]
    words = (
        f"Against {text.count(record.n_settings, 'finished setting')} of this budget, previews are off by "
        f"{' and '.join(off)}. The intervals contain this error."
    )
    if record.poor:
        words += " This agreement is poor: trust finished runs, and previews only as a hint where to run."
    if record.at_edge:
        words += " The best λ is the smallest or largest that was tried."
    return words


def fidelity_in_full(record: CalibrationRecord) -> list[str]:
    """Say sentence by sentence how well previews foretell finished runs."""
    if not record.calibrated:
        return [fidelity(record)]
    said = [fidelity(record), "Each preview is judged at the λ chosen without its own runs."]
    for side, label in _sides(record):
        name = f"{label[0].upper()}{label[1:]}"
        groups = text.count(side.n_rank_groups, "method of a country", "methods of countries")
        order = (
            "whether the order over τ and β is foretold is not known: no method has three finished settings in a "
            "country"
            if side.rank_within is None
            else f"rank correlation over τ and β within a method {ratio(side.rank_within)} ({groups})"
        )
        said += [
            f"{name}: skill {ratio(side.skill)} against the mean of the method in other countries.",
            f"{name}: choosing by preview gives away {_points(side.regret)}, at random "
            f"{_points(side.regret_by_chance)}.",
            f"{name}: {order}.",
        ]
    return said


def _sides(record: CalibrationRecord) -> list[tuple[AgreementRecord, str]]:
    sides = ((record.all_country, "all-country"), (record.true_country, "recovered share"))
    return [(side, label) for side, label in sides if side is not None]


def ratio(value: float | None) -> str:
    """Write a skill or a correlation."""
    return text.UNKNOWN if value is None else f"{value:.2f}".replace("-", "−")


def _points(value: float | None) -> str:
    return text.UNKNOWN if value is None else f"{100 * value:.1f}{text.NBSP}points"


def cost(estimate: Cost, rates: Rates, *, device: str) -> str:
    """Say what runs will cost."""
    runs, passes = text.count(estimate.n_runs, "run"), f"{estimate.pair_passes:,.0f} pairs seen in all"
    where = "on the CPU, one at a time" if device == "cpu" else f"on {device}, one at a time"
    if estimate.seconds is None or rates.seconds_per_pair is None or rates.overhead_seconds is None:
        return f"{runs}, {passes} {where}; how long is known once a run of this budget has finished here."
    measured = (
        f"Measured: {1000 * rates.seconds_per_pair:.1f} ms per pair and {text.span(rates.overhead_seconds)} per run"
    )
    memory = f" It takes at most {text.gibibytes(rates.memory)} of memory." if rates.memory is not None else ""
    return (
        f"{runs}, {passes}: about {text.span(estimate.seconds)} {where}.{memory} {measured}, medians of "
        f"{text.count(rates.n_runs, 'finished run')}."
    )


def differences(position: Position, countries: Sequence[str], training: TrainingConfig | None) -> str:
    """Say what differs from the paper's setting."""
    settings = {position.at(country) for country in countries}
    parts = []
    if {tau for tau, _ in settings} - {DEFAULT_TAU}:
        parts.append(f"τ {_values(tau for tau, _ in settings)} instead of {DEFAULT_TAU:g}")
    if {beta for _, beta in settings} - {DEFAULT_BETA}:
        parts.append(f"β {_values(beta for _, beta in settings)} instead of {DEFAULT_BETA:g}")
    if training is not None and training.steps != REFERENCE_STEPS:
        parts.append(f"{budget(training)} instead of {REFERENCE_STEPS:,} steps")
    if not parts:
        return "Against the paper's setting: no difference."
    return f"Against the paper's setting: {'; '.join(parts)}."


def _values(found: Iterable[float]) -> str:
    return text.listed([f"{value:g}" for value in sorted(set(found))])


def existing(statuses: Sequence[str | None]) -> str:
    """Say what of a plan exists already."""
    done = sum(status == "succeeded" for status in statuses)
    under_way = sum(status in ("queued", "running") for status in statuses)
    new = len(statuses) - done - under_way
    words = [f"{text.count(new, 'run')} to do"]
    if done:
        words.append(f"{done} finished already and not run again")
    if under_way:
        words.append(f"{under_way} in the queue already")
    return "; ".join(words) + "."


def proposal(objective: ObjectiveConfig | None, where: str, rule: str, chosen_on: str) -> str:
    """Write what the previews choose and on whom, or why they choose nothing."""
    if objective is None:
        return f"No proposal: {chosen_on}."
    name = text.setting_label(objective.method, objective.tau, objective.beta)
    return f"{name}: {rule} for {where}, by the preview; {chosen_on}."


def view_name(view: str, names: dict[str, str]) -> str:
    """Write which country is shown."""
    return "Mean over countries" if view == MEAN else names.get(view, view)
