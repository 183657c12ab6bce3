"""``scpo check``: what else could explain the numbers? Each check is computed once and kept by its causes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import (
    Countries,
    Data,
    Json,
    Level,
    Model,
    Seed,
    country_codes,
    following,
    load_scored,
    missing_runs,
    store_and_settings,
    within,
)
from scpo.config import Repeats
from scpo.errors import InputError
from scpo.measures.intervals import ALPHA
from scpo.words import counted

app = typer.Typer()


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="shuffled, topics, length, noise-floor, budget or efficiency.")],
    data: Data,
    model: Model,
    countries: Countries = None,
    repeats: Annotated[
        int | None,
        typer.Option(help="Random repeats; the check's own number if not given.", callback=within(Repeats)),
    ] = None,
    seed: Seed = 0,
    level: Level = 0.95,
    json: Json = False,
) -> None:
    """Carry out a falsification check: shuffled, topics, length, noise-floor, budget or efficiency.

    It goes over all communities with a finished run (before any run, over all); --countries chooses what is printed.
    """
    from scpo import results
    from scpo.results import checks

    row = checks.known_check(name)
    store, settings = store_and_settings()
    scored = load_scored(store, data, model)
    runs = results.runs_of(store, scored)
    missing_runs(store, scored)
    shown = country_codes(countries, store, data)
    scored.dataset.check(shown)
    dataset = scored.info.name
    sign, title = f"check-{name}-{dataset}", f"check {name}"
    with following(store, settings, sign, title, dataset=dataset, model=model) as follow:
        found = checks.load_check(
            store,
            scored,
            runs,
            name,
            level=level,
            repeats=repeats,
            seed=seed,
            on_progress=lambda done, total: follow(f"checking {name}", done, total, "steps"),
            save=not settings.read_only,
        )
    missing = sorted(set(shown) - {one.country for one in found.rows})
    if missing:
        why = "; ".join(f"{one}: {found.left_out.get(one, 'not in the data set')}" for one in missing)
        raise InputError(f"check {name} has no row for {', '.join(missing)} ({why})")
    found = found.shown(shown)
    if json:
        print_json(found.model_dump(mode="json"))
        return
    quantities = [one for one in row.quantities if one.shown]
    print_table(
        ["community", *(["and"] if any(r.other for r in found.rows) else []), "training users",
         *[f"{q.heading}{UNITS[q.kind]}" for q in quantities], "test users", "test pairs"],
        [_cells(one, quantities, found) for one in found.rows],
    )  # fmt: skip
    say(found.conclusion)
    for note in found.notes:
        say(note)
    if found.left_out:
        say("left out: " + "; ".join(f"{place}, {why}" for place, why in found.left_out.items()))
    say(f"{level:.0%} intervals; *: holds after Holm's correction over {counted(len(found.family), *COMMUNITIES)}")


COMMUNITIES = ("community with at least ten test users", "communities with at least ten test users")
UNITS = {"percent": ", %", "points": ", points", "number": ""}


def _cells(row: Any, quantities: list[Any], found: Any) -> list[Any]:
    """Write a row of the table."""
    numbers = [row.numbers.get(one.name) for one in quantities]
    first = next(one for one in numbers if one is not None)
    return [
        row.country,
        *([row.other or ""] if any(one.other for one in found.rows) else []),
        row.n_train_users,
        *(_number(one, quantity.kind) for one, quantity in zip(numbers, quantities, strict=True)),
        first.n_users,
        first.n_pairs,
    ]


def _number(number: Any, kind: str) -> str:
    if number is None or number.value is None:
        return "-"
    factor, digits = (1, 2) if kind == "number" else (100, 1)
    written = f"{'≥ ' if number.at_least else ''}{factor * number.value:.{digits}f}"
    if number.low is not None and number.high is not None:
        written += f" [{factor * number.low:.{digits}f}, {factor * number.high:.{digits}f}]"
    elif number.low is not None:
        written += f" [{factor * number.low:.{digits}f}, …]"
    return f"{written} *" if number.holm_p is not None and number.holm_p < ALPHA else written
