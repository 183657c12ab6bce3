"""``scpo divergence``: how far apart communities are, and each from the global model."""

from __future__ import annotations

from typing import Annotated

import typer

from scpo.cli.console import Follower, percent, print_json, print_table, say
from scpo.cli.options import Countries, Data, Json, Model, country_codes, store_and_settings
from scpo.config import EvaluationConfig
from scpo.measures.estimate import Estimate

app = typer.Typer()


@app.command("divergence")
def show_divergence(
    data: Data,
    model: Model,
    countries: Countries = None,
    level: Annotated[float, typer.Option("--level", help="Confidence level.")] = 0.95,
    json: Json = False,
) -> None:
    """Show the distances between communities' preferences, their noise floor, and the way to the global model."""
    from scpo import results

    store, settings = store_and_settings()
    scored = results.load_scored(store, data, model)
    with Follower() as follow:
        found = results.load_divergence(
            store,
            scored,
            EvaluationConfig(level=level),
            countries=country_codes(countries, store, data) or None,
            on_progress=lambda done, total: follow("comparing", done, total, "communities"),
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
    rows = []
    for cell, first, second, a, b in couples:
        floor = max(found.noise_floor[a].high, found.noise_floor[b].high)
        rows.append([first, second, _plain(cell), cell.n_users, cell.n_pairs, "*" if cell.low > floor else ""])
    print_table(["one", "other", "distance", "users", "pairs", "beyond the noise floors"], rows)
    say("distance: angle between preference models / pi; 0: the same order of common pairs, 0.5: unrelated")


def _percent(one: Estimate) -> str:
    return f"{percent(one.value)} [{percent(one.low)}, {percent(one.high)}]"


def _plain(one: Estimate) -> str:
    return "-" if one.value != one.value else f"{one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
