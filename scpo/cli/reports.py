"""Stored things in words, for the command line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from scpo.cli.console import p_value, percent, percent_range, print_table, say
from scpo.data.countries import display_name
from scpo.data.tables import DatasetInfo
from scpo.store.cache import Store
from scpo.store.run_record import RunRecord
from scpo.store.runs import RunDirectory
from scpo.store.studies import StudyRecord
from scpo.words import counted, parts


def print_check(document: dict[str, Any]) -> None:
    """Print what a file holds and what would be dropped."""
    for file, n in document["files"].items():
        say(f"{file}: {counted(n, 'row')} read, {document['kept'].get(file, 0):,} kept")
    rows = [
        [file, reason, len(lines), ", ".join(map(str, lines[:10])) + (" ..." if len(lines) > 10 else "")]
        for file, reasons in document["dropped"].items()
        for reason, lines in reasons.items()
    ]
    if rows:
        print_table(["file", "dropped because", "rows", "lines"], rows)
    else:
        say("no row is dropped")
    fields = ("pairs", "ties", "identical_texts", "single_responses", "empty_responses", "users")
    print_table(["count", "n"], [[field, document[field]] for field in fields if field in document])
    if document["pairs_per_country"]:
        print_table(
            ["country", "users", "pairs"],
            [[c, document["users_per_country"][c], n] for c, n in document["pairs_per_country"].items()],
        )
    for note in document["notes"]:
        say(note)


def print_info(info: DatasetInfo) -> None:
    """Print a data set's card."""
    rows: list[list[Any]] = [
        ["name", info.name],
        ["source", f"{info.source}, {info.location}" + (f"@{info.revision}" if info.revision else "")],
        ["licence", info.licence],
        ["synthetic", "yes: it says nothing about real countries" if info.synthetic else "no"],
        ["split", f"{info.split.kind}, {percent(info.split.test_fraction)} % test users, seed {info.split.seed}"],
        *([table, n] for table, n in info.counts.items()),
        ["ties", info.report.ties],
        ["key", info.key],
    ]
    print_table(["field", "value"], rows)
    print_table(
        [" with ".join(parts(info.group)), "users with pairs", "pairs"],
        [[c, info.users_per_country.get(c, 0), n] for c, n in info.pairs_per_country.items()],
    )


def print_run(store: Store, record: RunRecord) -> None:
    """Print a run: its counts and its accuracies on every country."""
    last_layer = record.config.training.last_layer_ridge is not None
    say(
        f"run {record.run_id}: {record.status}, {record.n_kept} of {counted(record.n_train, 'pair')} kept, "
        f"{counted(record.steps, 'step')}, {record.passes:.2f} passes, {record.seconds:.0f} s on {record.device}"
        if record.seconds is not None and record.passes is not None
        else f"run {record.run_id}: {record.status}" + (", last layer only" if last_layer else "")
    )
    if record.metrics_sha256 is None:
        return
    metrics = RunDirectory(store, record.run_id).metrics()
    rows = [
        [display_name(m["tested_on"]), m["subset"], percent(m["value"]), f"{percent(m['low'])} to {percent(m['high'])}",
         m["n_users"], m["n_pairs"]]
        for m in metrics.to_dict("records")
    ]  # fmt: skip
    print_table(["tested on", "number", "%, excess in points", "95 % interval", "users", "pairs"], rows)


def print_controls(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print the controls that no run stands for: rows of `results.control_rows`."""
    if not rows:
        return
    print_table(
        ["country", "control", "tau", "beta", "models", "all-country %", "true-country % (recovered share)",
         "label-blind %", "excess, points", "gain against global, points", "users", "pairs"],
        [
            [r["country"], r["method"] + (" (preview)" if r["preview"] else ""), r["tau"], r["beta"],
             r["n_models"] or "-", percent_range(r, "all"), percent_range(r, "true"), percent(r["blind_value"]),
             percent_range(r, "excess"), percent_range(r, "gain"), r["all_n_users"], r["all_n_pairs"]]
            for r in rows
        ],
    )  # fmt: skip
    say("controls: what to compare with; never on the front, never chosen; preview: last layer only, no finetune")


def print_groups(documents: Sequence[Mapping[str, Any]]) -> None:
    """Print the groups inside countries and the gaps between them: items of `bias_document`."""
    if not documents:
        return
    print_table(
        ["by", "group", "method", "tau", "beta", "global %", "own model %", "difference, points", "p corrected", "lost",
         "won", "users", "pairs"],
        [
            [found["by"], g["group"], found["method"], found["tau"], found["beta"], percent(g["before"]["value"]),
             percent(g["after"]["value"]), percent_range(g["difference"]),
             p_value(g["holm_p"]), round(g["lost"]), round(g["won"]),
             g["difference"]["n_users"], g["difference"]["n_pairs"]]
            for found in documents
            for g in found["groups"]
        ],
    )  # fmt: skip
    gaps = [
        [found["by"], found["method"], found["tau"], found["beta"], words, one["worst"], one["best"],
         percent_range(one["gap"]), percent(one["by_chance"]), f"{one['gap']['p']:.3f}", one["n_groups"],
         one["gap"]["n_users"]]
        for found in documents
        for name, words in (("before", "global model"), ("after", "own models"), ("change", "difference"))
        if (one := found["extremes"][name]) is not None
    ]  # fmt: skip
    if gaps:
        print_table(
            ["by", "method", "tau", "beta", "in", "worst", "best", "gap, points", "by chance", "p", "groups", "users"],
            gaps,
        )
    say("each pair under its own country's model; intervals of gaps hold whichever groups are the worst and the best")
    for by in dict.fromkeys(found["by"] for found in documents):
        mine = [found for found in documents if found["by"] == by]
        few = dict.fromkeys(name for found in mine for name in found["too_few"])
        if few:
            say(f"{by}: in no gap where they have fewer than ten test users: {', '.join(few)}")
        unknown = max(mine, key=lambda found: found["n_pairs_unknown"])
        if unknown["n_pairs_unknown"]:
            pairs, users = counted(unknown["n_pairs_unknown"], "pair"), counted(unknown["n_users_unknown"], "user")
            say(f"{by} is not known for {pairs} of {users}")


def print_others(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print what each model does to the countries it was not trained for, on average: `others` of `bias_document`."""
    print_table(
        ["trained for", "method", "tau", "beta", "other countries, points", "p corrected", "countries",
         "too few users"],
        [
            [row["trained_for"], row["method"], row["tau"], row["beta"], percent_range(row["difference"]),
             p_value(row["holm_p"]), len(row["communities"]), len(row["too_few"])]
            for row in rows
        ],
    )  # fmt: skip


def print_left_out(reasons: Mapping[str, str]) -> None:
    """Say which models from elsewhere are not compared, and why."""
    for name, why in reasons.items():
        say(f"not compared: {name}, {why}")


def print_study(store: Store, study: StudyRecord) -> None:
    """Print a study's accuracies per country and method: means over seeds."""
    rows = []
    for run_id in study.runs:
        directory = RunDirectory(store, run_id)
        record = directory.record() if directory.exists() else None
        if record is None or record.status != "succeeded":
            continue
        metrics = directory.metrics()
        own = metrics[metrics["tested_on"] == record.config.country].set_index("subset")["value"]
        rows.append(
            [
                record.config.country,
                record.config.objective.method,
                own["all_country"],
                own["true_country"],
                own.get("excess"),
            ]
        )
    table = pd.DataFrame(rows, columns=["country", "method", "all", "true", "excess"])
    table["excess"] = table["excess"].astype(float)
    mean = table.groupby(["country", "method"])[["all", "true", "excess"]].mean().to_dict("index")

    def cell(country: str, method: str) -> str:
        found = mean.get((country, method))
        return (
            "-" if found is None else f"{percent(found['all'])} / {percent(found['true'])} / {percent(found['excess'])}"
        )

    print_table(
        ["country", *(f"{method}: all / true / excess" for method in study.plan.methods)],
        [[country, *(cell(country, method) for method in study.plan.methods)] for country in study.countries],
    )
    say("means over seeds in percent; `scpo frontier` gives the intervals")


def print_comparison(document: dict[str, Any]) -> None:
    """Print the differences of each couple, who is right on which pairs, and what was asked differently."""
    for second in dict.fromkeys(row["second"] for row in document["rows"]):
        say(f"{document['first']} against {second}, points; intervals over users")
        rows = []
        for row in [one for one in document["means"] + document["rows"] if one["second"] == second]:
            d = row["difference"]
            where = f"mean of {row['n_countries']}" if row["tested_on"] == "mean" else row["tested_on"]
            rows.append(
                [where + (" (home)" if row["home"] and row["tested_on"] != "mean" else ""), row["subset"],
                 percent_range(d), row["holm_p"], row["n_family"],
                 percent(row["smallest_visible"]), f"[{percent(row['naive_low'])}, {percent(row['naive_high'])}]",
                 row["design_effect"], d["n_users"], d["n_pairs"]]
            )  # fmt: skip
        print_table(
            ["tested on", "measure", "first - second, points", "p corrected", "over", "smallest visible, points",
             "if pairs were independent", "design effect", "users", "pairs"],
            rows,
        )  # fmt: skip
        counts = [
            [row["tested_on"], row["subset"], *row["pairs"].values(), row["n_pairs"],
             " ".join(map(str, row["users"].values())), row["n_users"], row["mcnemar_p"]]
            for row in document["verdicts"] if row["second"] == second
        ]  # fmt: skip
        print_table(
            ["tested on", "pairs", "both right", "only first", "only second", "both wrong", "of", "users with such",
             "of", "McNemar p (context)"],
            counts,
        )  # fmt: skip
        missing = document["left_out"][second]
        if missing:
            say(f"left out, as one of the two has no model for them: {', '.join(missing)}")
    say("pairs of one person are not independent, which McNemar's test takes them for: trust the interval over users")
    for field, values in document["config_difference"].items():
        say(f"{field}: {' against '.join(str(value) for value in values)}")
