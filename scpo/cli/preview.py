"""``scpo preview``: the trade-off before any finetune, from the last layer; ``--keep`` makes models of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scpo.cli.console import Follower, numbers, percent, percent_range, print_json, print_table, say
from scpo.cli.options import (
    Countries,
    Data,
    Eps,
    Json,
    Level,
    Model,
    country_codes,
    known_rule,
    load_scored,
    methods_in,
    missing_runs,
    store_and_settings,
)
from scpo.config import DEFAULT_BETA, DEFAULT_TAU, EvaluationConfig, TrainingConfig
from scpo.errors import InputError
from scpo.methods import PREVIEWED
from scpo.words import counted

if TYPE_CHECKING:
    from scpo.store.calibrations import AgreementRecord, CalibrationRecord

app = typer.Typer()


@app.command("preview")
def show_preview(
    data: Data,
    model: Model,
    countries: Countries = None,
    methods: Annotated[
        str | None, typer.Option(help=f"Methods, comma separated; {', '.join(PREVIEWED)} if not given.")
    ] = None,
    tau: Annotated[str, typer.Option(help="Filter thresholds, comma separated.")] = str(DEFAULT_TAU),
    beta: Annotated[str, typer.Option(help="Weight temperatures, comma separated.")] = str(DEFAULT_BETA),
    rule: Annotated[str, typer.Option(help="max_all_country, max_true_country or knee.")] = "max_all_country",
    eps: Eps = 0.01,
    level: Level = 0.95,
    keep: Annotated[
        bool, typer.Option("--keep", help="Save each as a last-layer model, a run like any other.")
    ] = False,
    json: Json = False,
) -> None:
    """Preview the trade-off in seconds: the last layer fitted on cached features, measured as runs are."""
    import pandas as pd

    from scpo import results
    from scpo.results.frontier_document import frontier_document
    from scpo.store.studies import StudyPlan

    chosen_rule = known_rule(rule)
    store, settings = store_and_settings(writes=keep)
    scored = load_scored(store, data, model)
    config = EvaluationConfig(level=level)
    previewer = results.Previewer(scored, config)
    shown = previewer.among(country_codes(countries, store, data))
    missing = missing_runs(store, scored)
    if not shown:
        raise InputError(f"{data} has no community with training and test pairs: there is nothing to preview")
    calibration = results.load_calibration(
        store, previewer, results.runs_of(store, scored), save=not settings.read_only
    )
    plan = StudyPlan(methods=methods_in(methods) or PREVIEWED, taus=tuple(numbers(tau)), betas=tuple(numbers(beta)))
    objectives = {country: plan.objectives() for country in shown}
    runs = previewer.runs(objectives, ridge=calibration.ridge)
    if keep:
        kept = _keep(store, settings, runs, calibration.ridge)
        print_json(kept) if json else say(f"{len(kept)} last-layer models are saved: `scpo runs` lists them")
        return
    own_error = results.PreviewError.of(calibration)
    with Follower() as follow:
        held_out, too_few = previewer.held_out(
            objectives,
            ridge=calibration.ridge,
            on_progress=lambda done, total: follow("choosing on training users", done, total, "countries"),
        )
    if json:
        document = frontier_document(
            scored, runs, config, rule=chosen_rule, eps=eps, held_out=held_out, preview_error=own_error
        )
        record = calibration.model_dump(mode="json", exclude={"runs"})
        print_json(document | {"not_chosen": too_few, "calibration": record, "missing": missing})
        return
    measured = results.setting_rows(scored, runs, config, ruler=previewer.ruler, preview_error=own_error)
    table = results.mark_choice_on_folds(pd.DataFrame(measured), held_out, rule=chosen_rule, eps=eps)
    rows = [
        [r["country"], r["method"], r["tau"], r["beta"], r["n_kept"], percent_range(r, "all"), percent_range(r, "true"),
         percent(r["blind_value"]), percent_range(r, "excess"), r["all_n_users"], r["all_n_pairs"],
         "*" if r["on_frontier"] else "", "o" if r["chosen"] else ""]
        for r in table.to_dict("records")
    ]  # fmt: skip
    print_table(
        ["country", "method", "tau", "beta", "kept", "all-country %", "true-country % (recovered share)",
         "of it label-blind %", "excess, points", "users", "pairs", "front", "chosen"],
        rows,
    )  # fmt: skip
    contain = "users and the preview's own error" if calibration.calibrated else "users alone"
    say(f"previews, no finetunes; {level:.0%} intervals over {contain}; rule: {rule}")
    for words in dict.fromkeys(one.words for one in held_out.values()):
        say(words)
    for reason in too_few.values():
        say(f"no choice: {reason}")
    for line in fidelity_lines(calibration):
        say(line)


def fidelity_lines(calibration: CalibrationRecord) -> list[str]:
    """Say how well previews agree with finished runs: one line on lambda, then one per number."""
    if not calibration.calibrated:
        return [
            f"lambda {calibration.ridge:.3g} is a default: no finished runs calibrate it, so the preview's own error "
            "is unknown and no interval contains it"
        ]
    named = (
        ("all-country", calibration.all_country),
        ("true-country", calibration.true_country),
        ("excess", calibration.excess),
    )
    return [
        f"lambda {calibration.ridge:.3g} fitted to {counted(calibration.n_settings, 'finished setting')}, each judged "
        f"without itself{'; poor: do not rely on it' if calibration.poor else ''}",
        *(f"{name}: {_fidelity(agreement)}" for name, agreement in named if agreement is not None),
    ]


def _fidelity(agreement: AgreementRecord) -> str:
    one = agreement
    groups = counted(one.n_rank_groups, "method of a country", "methods of countries")
    countries = counted(one.n_regret_countries, "country", "countries")
    return "; ".join(
        [
            f"skill against method means {_ratio(one.skill)} (n = {one.n_skill})",
            f"rank over tau and beta within a method {_ratio(one.rank_within)} ({groups}, n = {one.n_rank_settings})",
            f"regret of choosing by preview {percent(one.regret)} points, at random {percent(one.regret_by_chance)} "
            f"({countries})",
            f"error {percent(one.error)} points root mean square, {percent(one.mean_absolute_error)} mean absolute "
            f"(n = {one.n_runs})",
            f"rank pooled over methods and countries, mostly that methods differ, {_ratio(one.spearman)}",
        ]
    )


def _ratio(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _keep(store: Any, settings: Any, runs: list[Any], ridge: float) -> list[str]:
    from scpo.store.runs import RunDirectory
    from scpo.work.context import Work
    from scpo.work.run import carry_out, load_scored

    kept, work = [], Work(store, settings)
    with Follower() as follow:
        for run in runs:
            config = run.config.model_copy(update={"training": TrainingConfig(last_layer_ridge=ridge)})
            RunDirectory(store, config.run_id).ask(config)
            carry_out(work, config, load_scored(store, config))
            kept.append(config.run_id)
            follow("last layers", len(kept), len(runs), "models")
    return kept
