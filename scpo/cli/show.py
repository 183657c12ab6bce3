"""``scpo runs``, ``show``, ``frontier``, ``bias`` and ``compare``: the commands that read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scpo.cli.console import p_value, percent, percent_range, print_json, print_table, say
from scpo.cli.options import (
    Countries,
    Data,
    Eps,
    Json,
    Level,
    Model,
    Study,
    country_codes,
    known_rule,
    load_scored,
    missing_runs,
    no_run,
    say_broken,
    say_missing,
    store_and_settings,
)
from scpo.config import EvaluationConfig
from scpo.methods import EXTERNAL, TRAINING_UNKNOWN

if TYPE_CHECKING:
    from scpo.results import Control, FinishedRun, PreviewError, Scored
    from scpo.store.cache import Store

app = typer.Typer()


@app.command()
def runs(study: Study = None, json: Json = False) -> None:
    """List the runs with status, setting and duration."""
    from scpo.jobs.control import current_status, study_without_runs
    from scpo.jobs.salvage import ReadableQueue
    from scpo.store.runs import list_runs
    from scpo.store.studies import read_study

    store, _ = store_and_settings()
    before = None if study is None else study_without_runs(store, study)
    if before is not None:
        print_json([]) if json else say(before)
        return
    wanted = None if study is None else set(read_study(store, study).runs)
    say_broken(store, "runs", "studies")
    for sentence in ReadableQueue(store).damage():
        say(sentence)
    records = [
        record.model_copy(update={"status": current_status(store, record)})
        for record in list_runs(store)
        if wanted is None or record.run_id in wanted
    ]
    if json:
        print_json([record.model_dump(mode="json", exclude={"traceback"}) for record in records])
        return
    print_table(
        ["run", "status", "data", "model", "country", "method", "tau", "beta", "seed", "kept", "seconds"],
        [
            [r.run_id, r.status, r.config.dataset, r.config.model, r.config.country, r.config.objective.method,
             r.config.objective.tau, r.config.objective.beta, r.config.seed, r.n_kept, r.seconds]
            for r in records
        ],
    )  # fmt: skip


@app.command("show")
def show_run(run: str, json: Json = False) -> None:
    """Show one run: what was asked, on what it ran, what came out."""
    from scpo.cli.reports import print_run
    from scpo.jobs.control import current_status
    from scpo.store.runs import RunDirectory

    store, _ = store_and_settings()
    record = RunDirectory(store, run).record()
    record = record.model_copy(update={"status": current_status(store, record)})
    print_json(record.model_dump(mode="json")) if json else print_run(store, record)


@app.command("frontier")
def show_frontier(
    data: Data,
    model: Model,
    study: Study = None,
    countries: Countries = None,
    rule: Annotated[str, typer.Option(help="max_all_country, max_true_country or knee.")] = "max_all_country",
    eps: Eps = 0.01,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Show the trade-off: true-country against all-country accuracy, the front and the chosen setting."""
    from scpo import results
    from scpo.cli.reports import print_controls, print_left_out
    from scpo.results.frontier_document import frontier_document

    store, settings = store_and_settings()
    scored = load_scored(store, data, model)
    found = results.runs_of(store, scored, study=study)
    missing = missing_runs(store, scored, study=study)
    chosen_rule = known_rule(rule)
    wanted = country_codes(countries, store, data) or None
    scored.dataset.check(wanted or [])
    config = EvaluationConfig(level=level)
    controls, own_error = _controls(store, scored, found, config, save=not settings.read_only)
    elsewhere = results.load_externals(store, scored)
    if json:
        document = frontier_document(
            scored, found, config, rule=chosen_rule, eps=eps, countries=wanted, study=study, externals=elsewhere.models
        )
        points = results.control_points(controls, level=level, countries=wanted, preview_error=own_error)
        print_json(document | {"controls": points, "missing": missing})
        return
    asked = results.list_studies(store)
    table = results.setting_table(
        scored, found, config, rule=chosen_rule, eps=eps, countries=wanted, studies=asked, externals=elsewhere.models
    )
    choices = results.setting_choices(scored, found, config, rule=chosen_rule, eps=eps, countries=wanted)
    if not len(table):
        raise no_run(data, model)
    rows = [
        [r["country"], _method(r), r["tau"], r["beta"], _seeds(r), r["n_kept"],
         percent_range(r, "all"), percent_range(r, "true"), percent(r["blind_value"]), percent_range(r, "excess"),
         percent_range(r, "gain"), r["gain_holm"], percent(r["gain_visible"]), r["all_n_users"],
         r["all_n_pairs"], "*" if r["on_frontier"] else "", "o" if r["chosen"] else ""]
        for r in table.to_dict("records")
    ]  # fmt: skip
    print_table(
        ["country", "method", "tau", "beta", "seeds", "kept", "all-country %", "true-country % (recovered share)",
         "of it label-blind %", "excess, points", "gain against global, points", "p corrected",
         "smallest visible change, points", "users", "pairs", "front", "chosen"],
        rows,
    )  # fmt: skip
    say(f"means over seeds, {level:.0%} intervals over users; rule: {rule}; mean: equal weight per country")
    say("p is corrected over all countries that have a model, shown or not; a mean's p is that over all of them")
    for one in choices.values():
        chosen = one.choice
        if chosen.chosen is not None:
            say(
                f"{one.country}: chosen and reported on the same {one.n_users} test users: {percent(chosen.all_value)} "
                f"% all-country, of which about {percent(chosen.all_optimism)} points are the choice; chosen in "
                f"{percent(chosen.frequency)} % of the resamples"
            )
    if elsewhere.models:
        names = ", ".join(dict.fromkeys(one.external or "" for one in elsewhere.models))
        say(f"from elsewhere, never on the front, never chosen: {names}; {TRAINING_UNKNOWN}")
    print_left_out(elsewhere.left_out)
    print_controls(results.control_rows(controls, scored, level=level, countries=wanted, preview_error=own_error))


def _method(row: dict[Hashable, Any]) -> str:
    """Name a row's method; a model from elsewhere goes by its setting."""
    return str(row["external"] if row["method"] == EXTERNAL else row["method"])


def _seeds(row: dict[Hashable, Any]) -> str:
    """Write how many of the expected seeds a row rests on; a dash for models from elsewhere."""
    return "-" if row["method"] == EXTERNAL else f"{row['n_seeds']:.0f}/{row['seeds_expected']:.0f}"


def _controls(
    store: Store, scored: Scored, found: list[FinishedRun], config: EvaluationConfig, *, save: bool
) -> tuple[list[Control], PreviewError]:
    """Measure the controls beside finished runs, none without runs; and how far previews lie from finetunes."""
    from scpo import results

    if not found:
        return [], results.PreviewError()
    previewer = results.Previewer(scored, config)
    calibration = results.load_calibration(store, previewer, found, save=save)
    controls = results.measured_controls(previewer, found, ridge=calibration.ridge)
    return controls, results.PreviewError.of(calibration)


@app.command("bias")
def show_bias(
    data: Data,
    model: Model,
    study: Study = None,
    by: Annotated[
        list[str] | None, typer.Option("--by", help="Compare groups inside countries, such as gender; may be repeated.")
    ] = None,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Show who gains and who pays: every country model on every community, against the global model."""
    from scpo import results
    from scpo.cli.reports import print_groups, print_left_out, print_others
    from scpo.results.bias import bias_document

    store, _ = store_and_settings()
    scored = load_scored(store, data, model)
    found = results.runs_of(store, scored, study=study)
    elsewhere = results.load_externals(store, scored)
    config = EvaluationConfig(level=level)
    document = bias_document(scored, found, config, by=by or [], externals=elsewhere.models)
    document["missing"] = missing_runs(store, scored, study=study)
    if json:
        print_json(document)
        return
    every = [*document["rows"], *document["external"]]
    if not every:
        raise no_run(data, model)
    rows = []
    for row in every:
        d = row["difference"]
        where, visible = percent_range(d), percent(row["smallest_visible"])
        model = row.get("model", row["method"])
        lost, won = ("-" if row.get(one) is None else round(row[one]) for one in ("lost", "won"))
        rows.append(
            [row["trained_for"], row["tested_on"], model, where, p_value(row["holm_p"]), visible, lost, won,
             d["n_users"], d["n_pairs"]]
        )  # fmt: skip
    print_table(
        ["trained for", "tested on", "method", "difference, points", "p corrected", "smallest visible, points", "lost",
         "won", "users", "pairs"],
        rows,
    )  # fmt: skip
    print_others(document["others"])
    print_groups(document["groups"])
    if document["external"]:
        say(f"from elsewhere: {', '.join(dict.fromkeys(row['model'] for row in document['external']))}; "
            f"{TRAINING_UNKNOWN}")  # fmt: skip
    print_left_out(elsewhere.left_out)
    say("length bias and calibration of every model: --json")
    if not by and document["facets"]:
        say(f"--by compares groups inside countries; there are: {', '.join(document['facets'])}")


@app.command()
def compare(
    sides: Annotated[
        list[str],
        typer.Argument(
            help="Two to four: ids of runs, settings (scpo,0.7,1.1), a country's model ('CHL|scpo|0.7|1.1'), global, "
            "or the name of another model that has scored the data set."
        ),
    ],
    data: Annotated[str | None, typer.Option("--data", help="Data set; not needed where a run is named.")] = None,
    model: Annotated[str | None, typer.Option("--model", help="Global model; not needed where a run is named.")] = None,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Compare two to four runs, settings or models: paired differences and who is right, the first against each other.

    A setting stands for the models of its countries, each on the pairs of its own, seeds averaged.
    """
    from scpo.cli.reports import print_comparison
    from scpo.results.compare_document import compare_document

    store, _ = store_and_settings()
    document = compare_document(store, sides, EvaluationConfig(level=level), data=data, model=model)
    say_missing(document["missing"])
    print_json(document) if json else print_comparison(document)
