"""``scpo opinions``: survey answers of countries, against each other and against reward models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from scpo.cli.console import Follower, number_range, p_value, percent, print_json, print_table, say
from scpo.cli.options import Countries, Data, Json, Level, Study, country_codes, store_and_settings, within
from scpo.config import EvaluationConfig, Temperature
from scpo.definitions import NO_NOISE_FLOOR
from scpo.errors import InputError
from scpo.measures.model_opinions import DEFAULT_TEMPERATURE
from scpo.measures.survey import LEAST_SHARED
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.words import counted, shortened

if TYPE_CHECKING:
    from scpo.results.survey import Surveyed

app = typer.Typer()

LONGEST = 90
"""Characters of a question or an option that a table shows."""


@app.command("opinions")
def show_opinions(
    data: Data,
    model: Annotated[
        str | None, typer.Option("--model", help="Global model: how close it and its runs are to each country.")
    ] = None,
    countries: Countries = None,
    couple: Annotated[
        str | None, typer.Option(help="Two countries, comma separated: the questions that divide them most.")
    ] = None,
    temperature: Annotated[
        float | None,
        typer.Option(
            help=f"Of the softmax over rewards; {DEFAULT_TEMPERATURE} if not given.", callback=within(Temperature)
        ),
    ] = None,
    study: Study = None,
    score: Annotated[
        bool, typer.Option("--score", help="First let the models that have not score the options.")
    ] = False,
    non_answers: Annotated[
        bool, typer.Option("--non-answers", help="Count DK/Refused and the like as options.")
    ] = False,
    top: Annotated[int, typer.Option(help="Rows of the lists of couples and questions; JSON has all.", min=1)] = 20,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Show how far apart countries answer, or with --model how close each model's opinions are to each country's."""
    from scpo.results.survey import load_surveyed

    if model is None and (study or score or temperature is not None):
        raise InputError("--study, --score and --temperature are about models: name the global model with --model")
    if couple is not None and (model or countries):
        raise InputError("--couple compares two countries: leave out --model and --countries")
    store, settings = store_and_settings(writes=score)
    config = EvaluationConfig(level=level)
    surveyed = load_surveyed(store, data, non_answers=non_answers)
    chosen = country_codes(countries, store, data)
    if couple is not None:
        two = country_codes(couple, store, data)
        if len(two) != 2:
            raise InputError(f"--couple {couple!r} must name two countries, for example --couple ZAF,NZL")
        _show_couple(surveyed, two, config, top, json)
    elif model is None:
        _show_couples(surveyed, chosen, config, top, json)
    else:
        heat = DEFAULT_TEMPERATURE if temperature is None else temperature
        if score:
            _score(store, settings, data, model, study)
        _show_closeness(store, surveyed, model, chosen, config, heat, study, json)


def _show_couples(surveyed: Surveyed, chosen: list[str], config: EvaluationConfig, top: int, json: bool) -> None:
    from scpo.results.survey import couples_document

    if len(chosen) == 1:
        raise InputError("a distance needs two countries: name another one with --countries, or none for all")
    document = couples_document(surveyed, config, countries=surveyed.check(chosen) or None)
    if json:
        print_json(document)
        return
    print_table(
        ["first", "second", "mean distance", "questions"],
        [
            [c["first"], c["second"], number_range(c["distance"]), c["distance"]["n_questions"]]
            for c in document["couples"][:top]
        ],
    )
    say(
        "Jensen-Shannon distance (0 equal, 1 nothing shared), mean over the questions both answered, "
        f"{config.level:.0%} intervals over questions; "
        f"{counted(len(document['couples']), 'couple shares', 'couples share')} at least {LEAST_SHARED} questions, "
        f"{document['couples_left_out']:,} left out; couples share different "
        "questions, and the first of many is the largest partly by chance"
    )
    _remarks(document)


def _show_couple(surveyed: Surveyed, two: list[str], config: EvaluationConfig, top: int, json: bool) -> None:
    from scpo.results.survey import couple_document

    first, second = two
    document = couple_document(surveyed, first, second, config)
    if json:
        print_json(document)
        return
    rows = []
    for question in document["questions"][:top]:
        most = question["answers"][0]
        asked, said = (shortened(one, LONGEST) for one in (question["question"], most["option"]))
        rows.append([f"{question['distance']:.3f}", asked, said, percent(most[first]), percent(most[second])])
    print_table(["distance", "question", "largest difference", f"{first} %", f"{second} %"], rows)
    mean = document["distance"]
    say(
        f"{first} and {second}: mean distance {number_range(mean)} over {mean['n_questions']} questions both answered, "
        f"{config.level:.0%} interval over questions"
    )
    _remarks(document)


def _show_closeness(
    store: Store,
    surveyed: Surveyed,
    model: str,
    chosen: list[str],
    config: EvaluationConfig,
    temperature: float,
    study: str | None,
    json: bool,
) -> None:
    from scpo.results.closeness import closeness_document
    from scpo.results.model_opinions import compared_countries, load_opinionated

    found = load_opinionated(store, surveyed, model, temperature=temperature, study=study)
    countries = compared_countries(surveyed, found, chosen)
    document = closeness_document(surveyed, found, countries, config, model=model, temperature=temperature)
    if json:
        print_json(document)
        return
    rows = []
    for row in document["rows"]:
        change = row["difference"]
        rows.append(
            [row["run"], row["trained_on"], row["trained_for"], row["method"], row["tau"], row["beta"], row["seed"],
             row["tested_on"], number_range(row["closeness"]), row["closeness"]["n_questions"],
             "-" if change["value"] is None else number_range(change, sign="+"),
             p_value(row["holm_p"]),
             number_range(row["from_uniform"]), "*" if row["test_questions_only"] else ""]
        )  # fmt: skip
    print_table(
        ["run", "trained on", "trained for", "method", "tau", "beta", "seed", "compared with", "closeness", "questions",
         "against global", "Holm p", "from uniform", "test questions only"],
        rows,
    )  # fmt: skip
    say(
        f"closeness: 1 - Jensen-Shannon distance between the softmax over option rewards (temperature {temperature:g}) "
        f"and a country's answers, mean over questions, {config.level:.0%} intervals over questions; uniform: every "
        "option alike; at one temperature a model whose rewards lie further apart is further from uniform, and that "
        "alone moves its closeness: try another --temperature before reading a difference"
    )
    if found.not_scored:
        say(f"{len(found.not_scored)} finished runs have not scored the options: the same command with --score does it")
    _remarks(document)


def _score(store: Store, settings: Settings, data: str, model: str, study: str | None) -> None:
    """Let the global model and the runs score the options; what is there is not computed again."""
    from scpo.results.model_opinions import runs_from
    from scpo.store.models import RUN_PREFIX
    from scpo.work.context import Work
    from scpo.work.prepare import prepare
    from scpo.work.requests import ScoreRequest

    with Follower() as follow:
        scored = prepare(Work(store, settings, follow), ScoreRequest(data=data, model=model))
        # The rewards of a run that was trained on these data are in its own folder.
        found = [
            record
            for record in runs_from(store, scored.scores.info.model_key, study=study)
            if record.config.dataset_key != scored.info.key
        ]
        for done, record in enumerate(found):
            follow("runs that scored the options", done, len(found), "runs")
            request = ScoreRequest(data=data, model=f"{RUN_PREFIX}{record.run_id}")
            prepare(Work(store, settings), request)


def _remarks(document: dict[str, Any]) -> None:
    say(f"non-answers: {document['non_answers']}; {NO_NOISE_FLOOR}")
