"""``scpo divergence``: how far apart communities are, and each from the global model."""

from __future__ import annotations

import math
from typing import Annotated, Any

import typer

from scpo.cli.console import Follower, percent, print_json, print_table, say
from scpo.cli.options import Countries, Data, Json, Level, Model, country_codes, load_scored, store_and_settings
from scpo.config import EvaluationConfig
from scpo.definitions import LOWER_BOUND
from scpo.errors import InputError
from scpo.measures.estimate import Estimate
from scpo.measures.families import TOO_FEW_USERS
from scpo.measures.intervals import ALPHA
from scpo.words import shortened

app = typer.Typer()

LONGEST = 40
"""Letters of a text in a row of the table."""


@app.command("divergence")
def show_divergence(
    data: Data,
    model: Model,
    countries: Countries = None,
    level: Level = 0.95,
    couple: Annotated[
        str | None,
        typer.Option("--couple", help="Two communities: the common pairs that divide their models."),
    ] = None,
    top: Annotated[int, typer.Option("--top", help="Pairs of a couple that are listed.", min=1)] = 20,
    json: Json = False,
) -> None:
    """Show which communities' preferences differ, how far they are apart, and what divides a couple."""
    from scpo import results

    if couple is not None and countries is not None:
        raise InputError("--couple compares two communities: leave out --countries")
    store, settings = store_and_settings()
    scored = load_scored(store, data, model)
    if couple is not None:
        two = country_codes(couple, store, data)
        if len(two) != 2:
            raise InputError(f"--couple {couple!r} must name two communities, for example --couple ZAF,NZL")
        document = results.dividing_document(
            store, scored, two[0], two[1], EvaluationConfig(level=level), save=not settings.read_only
        )
        _show_dividing(document, top=top, json=json)
        return
    with Follower() as follow:
        found = results.load_divergence(
            store,
            scored,
            EvaluationConfig(level=level),
            countries=country_codes(countries, store, data) or None,
            on_progress=lambda done, total: follow("comparing", done, total, "communities and couples"),
            save=not settings.read_only,
        )
    if json:
        print_json(results.divergence_document(found))
        return
    names = found.countries
    print_table(
        ["community", "users", "disagrees with the global model, %", "noise floor"],
        [
            [name, users, _percent(own), _plain(floor)]
            for name, users, own, floor in zip(names, found.n_users, found.to_global, found.noise_floor, strict=True)
        ],
    )
    couples = [(found.distance[a][b], names[a], names[b], a, b) for a in range(len(names)) for b in range(a)]
    couples.sort(key=lambda one: -one[0].value if one[0].value == one[0].value else 2.0)
    rows = [
        [first, second, _plain(cell), cell.n_users, cell.n_pairs, _p(found.p[a, b]), _p(found.holm[a, b]),
         "*" if found.holm[a, b] < ALPHA else ""]
        for cell, first, second, a, b in couples
    ]  # fmt: skip
    print_table(["one", "other", "distance", "users", "pairs", "p", "p after Holm", "differ"], rows)
    tested = results.load_couple_tests(store, scored, save=not settings.read_only)
    say(
        f"p: permutation of users, corrected over all {math.comb(len(tested.countries), 2)} couples of communities "
        f"with at least {TOO_FEW_USERS} users, shown or not; the noise floor is a picture of chance, no test"
    )
    say("distance: angle between preference models / pi; 0: the same order of common pairs, 0.5: unrelated")
    say(LOWER_BOUND)


def _show_dividing(document: dict[str, Any], *, top: int, json: bool) -> None:
    if json:
        print_json(document)
        return
    first, second = document["first"], document["second"]
    rows = [
        [pair["pair_id"], pair["country"], f"{pair['difference']:+.2f}", *pair["prefers"].values(),
         _short(pair["prompt"]), _short(pair["chosen"]), _short(pair["rejected"])]
        for pair in [one for one in document["pairs"] if len(set(one["prefers"].values())) == 2][:top]
    ]  # fmt: skip
    heads = [f"model of {first} prefers", f"model of {second} prefers"]
    print_table(["pair", "of", "difference", *heads, "prompt", "chosen", "rejected"], rows)
    p = "unknown: too few users" if document["holm"] is None else f"{document['holm']:.4f} over all couples"
    say(
        f"{first} and {second}: p after Holm {p}; both models judged {document['n_pairs']} pairs of "
        f"{document['n_users']} users and prefer different responses in {document['n_divided']} of them; "
        f"{document['n_flagged']} with flagged texts left out"
    )
    say(f"difference of gaps of mean square 1; each model has seen its own community's pairs; {LOWER_BOUND}")


def _short(prose: str) -> str:
    return shortened("".join(c if c.isprintable() else " " for c in prose), LONGEST)


def _percent(one: Estimate) -> str:
    return f"{percent(one.value)} [{percent(one.low)}, {percent(one.high)}]"


def _plain(one: Estimate) -> str:
    return "-" if one.value != one.value else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"


def _p(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4f}"
