"""``scpo behaviour``: what would change for people, by re-ranking the real responses of each turn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scpo.cli.console import (
    Follower,
    as_list,
    number_range,
    numbers,
    percent,
    percent_range,
    print_json,
    print_table,
    say,
)
from scpo.cli.options import Countries, Json, Level, Model, country_codes, missing_runs, no_run, store_and_settings
from scpo.config import EvaluationConfig, ObjectiveConfig
from scpo.errors import InputError
from scpo.methods import known_method
from scpo.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from scpo.measures.evaluation import CountryModel
    from scpo.settings import Settings
    from scpo.store.cache import Store
    from scpo.store.scored import FinishedRun

app = typer.Typer()


@app.command("behaviour")
def show_behaviour(
    model: Model,
    data: Annotated[str | None, typer.Option("--data", help="Name of a registered data set.")] = None,
    study: Annotated[str | None, typer.Option("--study", help="Only the runs of this study.")] = None,
    run: Annotated[list[str] | None, typer.Option("--run", help="Only this run; may be repeated.")] = None,
    setting: Annotated[
        str | None,
        typer.Option("--setting", help="METHOD[,TAU[,BETA]] whose writers and changed turns are told: scpo,0.7,1.1."),
    ] = None,
    countries: Countries = None,
    level: Level = 0.95,
    candidates: Annotated[
        Path | None,
        typer.Option(
            "--candidates", help='Own responses in the place of --data: JSONL, {"prompt", "responses": [...]}.'
        ),
    ] = None,
    best_of: Annotated[
        int | None,
        typer.Option("--best-of", min=1, help="Of candidates: the largest k; the fewest responses if not given."),
    ] = None,
    json: Json = False,
) -> None:
    """Show what would change for people: which responses models would pick, and how much people liked them."""
    from scpo import results
    from scpo.results import behaviour

    store, settings = store_and_settings()
    if candidates is not None:
        if data is not None or study is not None or setting is not None or countries is not None:
            raise InputError(
                "--candidates are responses of one's own: leave out --data, --study, --setting, --countries"
            )
        asked = [model, *(f"run:{one}" for one in run or [])]
        _show_candidates(store, settings, candidates, asked, best_of, level, json=json)
        return
    if data is None:
        raise InputError("say what to pick from: --data NAME, or --candidates FILE")
    if best_of is not None:
        raise InputError("--best-of is for --candidates: a data set has the responses it has")
    scored = results.load_scored(store, data, model)
    missing = missing_runs(store, scored, study=study)
    found = _only(results.runs_of(store, scored, study=study), run)
    wanted = country_codes(countries, store, data) or None
    scored.dataset.check(wanted or [])
    config = EvaluationConfig(level=level)
    models = [one for one in _models(found, setting) if wanted is None or one.trained_for in wanted]
    if json:
        document = behaviour.behaviour_document(scored, found, config, countries=wanted, writers_of=models)
        print_json(document | {"missing": missing})
        return
    table = behaviour.behaviour_table(scored, found, config, countries=wanted)
    if table.empty:
        raise no_run(data, model)
    _print_picks(table, level)
    _print_falls(behaviour.curve_table(scored, found, level=level, countries=wanted))
    _print_writers(behaviour.writer_table(scored, models, level=level), models)
    changed = behaviour.changed_turns(scored, models)
    if len(changed):
        worse = int((changed["gain"] < 0).sum())
        say(f"{counted(len(changed), 'turn')} with another pick by most runs; people liked {worse} of them less")
    for one in behaviour.communities(scored, set(table["country"])).values():
        if any(one.left_out.values()):
            say(
                f"{one.code}: left out are {counted(one.left_out['candidates'], 'response')} and "
                f"{counted(one.left_out['turns'], 'turn')} that stand in no pair, so no preference is known there"
            )


def _show_candidates(
    store: Store, settings: Settings, file: Path, models: list[str], best_of: int | None, level: float, *, json: bool
) -> None:
    """Score one's own candidates with each model and tell what best-of-k gives."""
    from scpo.data.candidates import read_candidates
    from scpo.results.behaviour.candidates import candidate_document
    from scpo.work.candidates import score_candidates
    from scpo.work.context import Work

    found = read_candidates(file)
    with Follower() as follow:
        work = Work(store, settings, follow)
        rewards = {one: score_candidates(work, found, one) for one in dict.fromkeys(models)}
    document = candidate_document(found, rewards, most=best_of, level=level)
    if json:
        print_json({"file": file.name, **document})
        return
    rows = [
        [one["model"], point["k"], point["kl"], _ends(point["reward"]), _ends(point["score"])]
        for one in document["models"]
        for point in one["points"]
    ]
    print_table(["model", "best of", "KL at most, nats", "expected reward", "expected score"], rows)
    for one in document["models"][1:]:
        gain = "" if one["score_gain"] is None else f"; score at the largest k {_ends(one['score_gain'])} against it"
        say(f"{one['model']}: {percent(one['changed'])} % of the picks differ from those of {models[0]}{gain}")
    say(
        f"{counted(document['n_prompts'], 'prompt')}, {level:.0%} intervals over prompts; left out: "
        f"{counted(document['left_out'], 'prompt')} with fewer than {max(document['best_of'], 2)} responses"
    )


def _ends(one: dict[str, Any] | None) -> str:
    return "-" if one is None else number_range(one)


def _only(runs: list[FinishedRun], wanted: list[str] | None) -> list[FinishedRun]:
    """Return the runs that are asked for by id, all if none is."""
    known = [run.run_id for run in runs]
    missing = [run for run in wanted or [] if run not in known]
    if missing:
        raise InputError(f"no finished run {missing[0]} of these data and this model: `scpo runs` lists them")
    return [run for run in runs if not wanted or run.run_id in wanted]


def _models(runs: list[FinishedRun], setting: str | None) -> list[CountryModel]:
    """Return the models of the asked setting; of scpo at its defaults, of all pairs or of any if none is asked."""
    from scpo import results
    from scpo.results.controls import followed_models

    models = results.group_runs(runs)
    if setting is None:
        return followed_models(models, None) or [one for one in models if one.setting == models[0].setting]
    method, *rest = as_list(setting) or [""]
    values = numbers(",".join(rest)) if rest else []
    if not method or len(values) > 2:
        raise InputError(f"--setting {setting!r} is METHOD[,TAU[,BETA]], for example scpo,0.7,1.1")
    given = dict(zip(("tau", "beta"), values, strict=False))
    asked = ObjectiveConfig.model_validate({"method": known_method(method), **given})
    found = [one for one in models if (one.objective.tau, one.objective.beta) == (asked.tau, asked.beta)]
    found = [one for one in found if one.objective.method == asked.method]
    if not found:
        raise InputError(f"no finished run has the setting {setting}: `scpo runs` lists what there is")
    return [one for one in found if one.setting == found[0].setting]


def _print_picks(table: pd.DataFrame, level: float) -> None:
    rows = [
        [r["country"], r["method"], r["tau"], r["beta"], percent_range(r, "changed"), percent_range(r, "picked"),
         percent_range(r, "gain"), r["gain_holm"], percent(r["gain_visible"]), percent(r["best_value"]),
         percent_range(r, "score"), percent_range(r, "score_gain"), percent(r["score_random_value"]),
         percent(r["score_best_value"]), _plain(r["words_value"]), _plain(r["words_gain_value"]),
         r["n_users"], r["n_turns"]]
        for r in table.to_dict("records")
    ]  # fmt: skip
    print_table(
        ["country", "method", "tau", "beta", "picks changed, %", "win share of the pick, %",
         "against global, points", "p corrected", "smallest visible", "best possible", "score of the pick",
         "against global", "random", "best", "words", "more words", "users", "turns"],
        rows,
    )  # fmt: skip
    say(f"means over seeds, {level:.0%} intervals over users; mean: equal weight per country; random pick: 50 %")
    say("win share: share of a turn's other responses that its person liked less; score: on the person's own scale")


def _print_falls(curves: pd.DataFrame) -> None:
    rows: list[list[Any]] = []
    for _, found in curves.groupby("curve", sort=False):
        steps: list[dict[Any, Any]] = found.to_dict("records")
        first, last, peak = steps[0], steps[-1], steps[int(steps[0]["peak_step"])]
        rows.append(
            [first["country"], first["method"], first["tau"], first["beta"], percent_range(last, "picked"),
             last["kl_value"], percent_range(peak, "picked"), peak["kl_value"], percent_range(first, "fall")]
        )  # fmt: skip
    print_table(
        ["country", "method", "tau", "beta", "best-of-n, win share %", "KL, nats", "highest on the way", "KL there",
         "fall, points"],
        rows,
    )  # fmt: skip
    say("the highest of many points on the same users looks too good: a small fall is no finding")


def _print_writers(table: pd.DataFrame, models: list[CountryModel]) -> None:
    if table.empty:
        say("which model wrote a response is not known in these data, so no writers are ranked")
        return
    judges = ("people", "global", "tuned")
    rows = [
        [r["writer"], *(cell for judge in judges for cell in (percent_range(r, judge), _ranks(r, judge))),
         r["n_users"], r["n_pairs"]]
        for r in table.to_dict("records")
    ]  # fmt: skip
    names = {"people": "people", "global": "global model", "tuned": models[0].objective.method}
    heads = [head for judge in judges for head in (f"{names[judge]}: wins, %", "rank")]
    print_table(["writer", *heads, "users", "pairs"], rows)
    say("wins against an average rival (Bradley-Terry), users of all these countries pooled; a rank is a range")


def _plain(number: float) -> str:
    return "-" if number != number else f"{number:.1f}"


def _ranks(row: Any, judge: str) -> str:
    best, worst = row[f"{judge}_rank_best"], row[f"{judge}_rank_worst"]
    if best != best:
        return "-"
    return f"{int(best)}" if best == worst else f"{int(best)}-{int(worst)}"
