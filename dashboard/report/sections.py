"""The sections of a report: findings with their figures, tables and sentences, in the words of the pages.

`audience` puts them into the words of the reader; where stakeholders get less, not other words, it is decided here.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pandas as pd

from dashboard.bias import view as bias_view
from dashboard.bias import words as bias_words
from dashboard.brief import view as brief_view
from dashboard.brief import words as brief_words
from dashboard.divergence import tables as distance_tables
from dashboard.divergence import view as divergence_view
from dashboard.divergence import words as divergence_words
from dashboard.divergence.charts.triangle import distance_words, verdict
from dashboard.frame import checks as cards
from dashboard.frame import load, presenting
from dashboard.kit import glossary, text
from dashboard.kit.figure import Figure
from dashboard.report import starred
from dashboard.report.load import EPS, RULE, Material
from dashboard.tradeoff import view as tradeoff_view
from dashboard.tradeoff import words as tradeoff_words
from scpo.data.countries import display_name
from scpo.definitions import DEFINITIONS, Definition
from scpo.results import MEAN
from scpo.results.checks import CHECKS

SECTIONS = ("Method", "Measures", "Certainty", "Divergence", "Checks")
"""Sections of `scpo.definitions` that a report quotes."""

MOST_NOTES = 24
"""Lines of speaker notes; the figure's table has the rest."""


@dataclass(frozen=True, eq=False)
class Exhibit:
    """A figure with what it shows, in a sentence, and what to say beside it."""

    finding: str
    figure: Figure
    notes: list[str]
    """Each with n and interval where it has a number."""

    heads: bool = False
    """Whether the section has the finding as its title, so that the figure's own title stands above the figure."""

    @property
    def title(self) -> str:
        """Return what stands above the figure."""
        return self.figure.title if self.heads else self.finding


@dataclass(frozen=True, eq=False)
class Section:
    """A part of a report; all text is plain."""

    key: str
    title: str
    sentences: list[str] = field(default_factory=list)
    exhibits: list[Exhibit] = field(default_factory=list)
    tables: list[tuple[str, pd.DataFrame]] = field(default_factory=list)
    """Each with its heading."""
    definitions: list[Definition] = field(default_factory=list)

    boxed: bool = False
    """Whether it stands out."""

    quotes: bool = False
    """Whether its tables and notes are other people's words, which are printed as they are."""


def headline(m: Material) -> str:
    """Return the finding in a sentence: the title of a report, whatever its sections are."""
    return brief_words.gain_title(m.of_setting(m.settings), m.of_setting(m.cells))


def _finding(m: Material) -> list[Section]:
    rows, cells = m.of_setting(m.settings), m.of_setting(m.cells)
    large = brief_words.large_numbers(rows, rows, cells, m.selection.level)
    sentences = [
        brief_words.disagreement(m.countries, m.selection.level),
        *(f"{one.label}: {one.value}. {' '.join(one.sentences)}" for one in large),
    ]
    title = headline(m)
    exhibit = Exhibit(title, brief_view.gain_figure(m.selection, rows), [*sentences, *_gains(rows)], heads=True)
    return [Section("finding", title, sentences, [exhibit])]


def _gains(rows: pd.DataFrame) -> Iterator[str]:
    for _, row in rows.iterrows():
        change = text.difference_estimate(row, "gain")
        yield f"{row['name']}: {change} against the global model ({text.sample_text(row, 'all_')})."


def _tradeoff(m: Material) -> list[Section]:
    rows = m.settings[m.settings["country"] == m.country]
    single = m.settings[m.settings["country"] != MEAN]
    look = tradeoff_view.Look(RULE, EPS, log=True, setting=m.setting)
    one = Exhibit(
        tradeoff_words.tradeoff_title(rows, RULE),
        tradeoff_view.tradeoff_figure(m.selection, rows, look, beside=m.beside, noise=m.noise, band=m.band),
        list(_both(rows)),
    )
    several = Exhibit(
        tradeoff_words.multiples_title(single),
        tradeoff_view.small_multiples_figure(m.selection, single, look, noise=m.noise),
        list(_both(single[single["chosen"].fillna(False).astype(bool)])),
    )
    return [Section("tradeoff", "What is won on disagreements against what it costs", [], [one, several])]


def _both(rows: pd.DataFrame) -> Iterator[str]:
    for _, row in rows.iterrows():
        yield (
            f"{row['name']}, {row['setting_label']}: all-country {text.share_estimate(row, 'all')} "
            f"({text.sample_text(row, 'all_')}), recovered {text.share_estimate(row, 'true')} "
            f"({text.sample_text(row, 'true_')})."
        )


def _who_pays(m: Material) -> list[Section]:
    cells = m.of_setting(m.cells)
    matrix = Exhibit(
        bias_words.matrix_title(cells), bias_view.matrix_figure(m.selection, cells, m.cells), list(_at_home(cells))
    )
    exhibits = [matrix]
    if len(m.steering):
        figure = bias_view.over_steering_figure(m.selection, m.steering, setting=m.setting)
        exhibits.append(
            Exhibit(bias_words.steering_title(m.steering), figure, list(_steered(m.of_setting(m.steering))))
        )
    return [Section("bias", "Who gains and who pays", [], exhibits)]


def _at_home(cells: pd.DataFrame) -> Iterator[str]:
    """Write the cells with a verdict first: at home, then those that lose elsewhere."""
    home = cells["trained_for"] == cells["tested_on"]
    lost = ~home & (cells["holm"] < text.ALPHA) & (cells["diff_value"] < 0) & ~cells["too_few_users"].astype(bool)
    for _, row in pd.concat([cells[home], cells[lost]]).iterrows():
        yield (
            f"Model of {row['trained_name']} on pairs of {row['tested_name']}: {text.difference_estimate(row, 'diff')} "
            f"({text.sample_text(row)})."
        )


def _steered(points: pd.DataFrame) -> Iterator[str]:
    for _, row in points.iterrows():
        yield (
            f"{row['name']}: excess {text.difference_estimate(row, 'excess')}, change over all pairs "
            f"{text.difference_estimate(row, 'gain')} ({text.sample_text(row, 'all_')})."
        )


def _divergence(m: Material) -> list[Section]:
    if m.distances is None:
        return []
    couples = distance_tables.couples(m.distances)
    title = divergence_words.title(couples)
    notes = [
        f"{row['first_name']} and {row['second_name']}: {distance_words(row)}, {verdict(row)} "
        f"({text.sample_text(row)})."
        for _, row in couples.sort_values("holm").iterrows()
    ]
    figure = divergence_view.triangle_figure(m.selection, m.distances, couples)
    return [Section("divergence", title, [], [Exhibit(title, figure, notes, heads=True)])]


def _checks(m: Material) -> list[Section]:
    name = display_name if m.info.group == "country" else str
    sentences, tables = [], []
    for key, row in CHECKS.items():
        found = m.checks.get(key)
        if found is None:
            command = shlex.join(["scpo", *cards.command(m.selection, row)])
            answer = "" if glossary.is_plain() else f" `{command}` answers it."
            sentences.append(f"{row.label}: not carried out. {row.question}{answer}")
            continue
        sentences.append(f"{row.label}: {found.conclusion}")
        if not glossary.is_plain():
            tables.append((f"{row.question} {cards.about(found, found)}", cards.table(found, row, name)))
    title = f"{len(m.checks)} of {len(CHECKS)} checks that could prove it wrong"
    return [Section("checks", title, sentences, tables=tables)]


def _limits(m: Material) -> list[Section]:
    sentences = [
        "Numbers describe the people in the data, not nations; other people would give other numbers.",
        "Intervals hold given these trained models; other training users would widen them.",
        "True-country accuracy is 0 for the global model by construction; a change that knows nothing of the country "
        "recovers some of it too, so it is read beside the excess.",
        "Distances between communities are those of fitted models, a lower bound set by the model's features.",
        "A preference of most people of a community is no norm: nothing here says that a model should follow it.",
    ]
    if glossary.is_plain():
        sentences = [presenting.LIMITS["tradeoff"], presenting.LIMITS["bias"], *presenting.EVERYWHERE]
        sentences += [] if m.distances is None else [presenting.LIMITS["divergence"]]
    if m.info.synthetic:
        sentences.insert(0, text.SAMPLE_BANNER)
    return [Section("limits", "What this does not show", sentences, boxed=glossary.is_plain())]


def _definitions(m: Material) -> list[Section]:
    found = [one for one in DEFINITIONS.values() if one.section in SECTIONS]
    return [Section("definitions", "What the numbers mean", definitions=found)]


def _rests_on(m: Material) -> list[Section]:
    split, revision = m.info.split, f", revision {m.info.revision}" if m.info.revision else ""
    about = {
        "Study": f"{m.study.name}, {text.count(len(m.runs), 'finished run')} of {len(m.study.runs)} asked for",
        "Data": f"{m.info.name}, source {m.info.source}{revision}, content {m.study.dataset_key}",
        "Licence of the data": m.info.licence,
        "Citation of the data": m.info.citation or "none given",
        "People": ", ".join(
            f"{load.community_name(m.info)(code)} {n}" for code, n in sorted(m.info.users_per_country.items())
        ),
        "Split": f"{split.kind}, {text.percent(split.test_fraction)} of users for test, seed {split.seed}",
        "Global model": f"{m.study.model}, content {m.study.model_key}",
        "Training": ", ".join(
            f"{key} {value}" for key, value in m.study.training.model_dump(mode="json").items() if value is not None
        ),
        "Intervals": f"{text.level_name(m.selection.level)}, over users",
        "Engine": f"{text.engine()}, licence Apache-2.0",
        "Charts in the HTML file": "Vega, Vega-Lite and Vega-Embed, licence BSD-3-Clause, inside the file",
    }
    if glossary.is_plain():
        about = {name: value for name, value in about.items() if name not in {*glossary.HIDDEN, "Training"}}
    runs = pd.DataFrame({"Run ids": [" ".join(m.runs[i : i + 4]) for i in range(0, len(m.runs), 4)]})
    tables = [
        ("Data, models, licences", pd.DataFrame({"What": list(about), "Value": list(about.values())})),
        (f"All {text.count(len(m.runs), 'run')}", runs),
    ]
    return [Section("provenance", "What this rests on", tables=tables)]


def _starred(m: Material) -> list[Section]:
    if not m.starred:
        return [Section("starred", "Starred", ["Nothing is starred in these data."])]
    figures = [(one, one.figure(number)) for number, one in enumerate(m.starred, 1)]
    exhibits = [
        Exhibit(one.star.title, figure, [one.star.note] if one.star.note else []) for one, figure in figures if figure
    ]
    tables = [(f"{one.star.title}, as written", table) for one in m.starred if (table := one.texts()) is not None]
    notes = starred.notes(m.starred)
    return [
        Section(
            "starred",
            f"Starred: {text.count(len(m.starred), 'view or pair', 'views and pairs')}",
            ["Figures are as they were when they were starred.", *(one.sentence() for one in m.starred)],
            exhibits,
            [*tables, *([("Notes", notes)] if len(notes) else [])],
            quotes=True,
        )
    ]


BUILDERS: dict[str, Callable[[Material], list[Section]]] = {
    "finding": _finding,
    "tradeoff": _tradeoff,
    "bias": _who_pays,
    "divergence": _divergence,
    "checks": _checks,
    "limits": _limits,
    "definitions": _definitions,
    "starred": _starred,
    "provenance": _rests_on,
}
"""What makes each section of `scpo.results.report_choice.PARTS`; none where the study has nothing for it."""
