"""What a report of a study is made of: the tables of the pages, from the runs of this study alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from dashboard.divergence.load import Distances, arranged
from dashboard.frame import load
from dashboard.frame.sidebar import default_setting
from dashboard.frame.state import Selection
from dashboard.kit import text
from dashboard.report.starred import Starred
from dashboard.report.starred import gather as gather_starred
from dashboard.tradeoff import control_methods
from dashboard.tradeoff.load import joined
from scpo import results
from scpo.config import EvaluationConfig, content_key
from scpo.data.tables import DatasetInfo
from scpo.measures.frontier import DEFAULT_EPS, Rule
from scpo.results import MEAN, reproduction
from scpo.results.checks import CheckDocument
from scpo.store.cache import Store
from scpo.store.scored import Known
from scpo.store.studies import StudyRecord, read_study

RULE: Rule = "max_all_country"
EPS = DEFAULT_EPS

OnStage = Callable[[str, float, float, str], None]


@dataclass(frozen=True, eq=False)
class Material:
    """Everything a report shows."""

    study: StudyRecord
    selection: Selection
    info: DatasetInfo
    runs: tuple[str, ...]
    """Ids of the finished runs of the study."""

    country: str
    """Whose trade-off is shown: the mean, or the only country there is."""

    countries: pd.DataFrame
    settings: pd.DataFrame
    cells: pd.DataFrame
    steering: pd.DataFrame
    beside: pd.DataFrame
    """Controls without runs, beside the settings of `country`."""

    noise: pd.DataFrame
    band: pd.DataFrame
    distances: Distances | None
    checks: dict[str, CheckDocument]
    starred: tuple[Starred, ...]
    documents: dict[str, Any]
    """Documents of numbers by name; see `scpo.results.reproduction.study_documents`."""

    @cached_property
    def key(self) -> str:
        """Return the hash of what a report of it depends on: the study, its numbers, and the engine."""
        causes = {"study": self.study.model_dump(mode="json"), "runs": self.runs, "documents": self.documents}
        causes["checks"] = {name: check.model_dump(mode="json") for name, check in self.checks.items()}
        starred = [one.star.model_dump(mode="json") for one in self.starred]
        return content_key("report", {**causes, "starred": starred, "engine": text.engine()})

    @property
    def banner(self) -> str:
        """Return the warning above everything; empty where the data are not generated."""
        return text.SAMPLE_BANNER if self.info.synthetic else ""

    @property
    def about(self) -> str:
        """Return on what the report is, in a line: it says so where runs are missing."""
        study, n = self.study, len(self.runs)
        runs = (
            f"{n} of {text.count(len(study.runs), 'run')} finished"
            if n < len(study.runs)
            else text.count(n, "finished run")
        )
        missing = self.documents["frontier"]["missing"]
        gone = f" Missing, because broken or gone: {text.short_ids(list(missing))}." if missing else ""
        return (
            f"Study {study.name}: global model {study.model}, data set {study.dataset}, {runs}, "
            f"{text.level_name(self.selection.level)} intervals.{gone}"
        )

    @property
    def setting(self) -> str:
        """Return the setting that is told of."""
        return str(self.selection.setting)

    def of_setting(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the setting that is told of."""
        return table[table["setting"] == self.setting]


def gather(store: Store, name: str, on_stage: OnStage, *, whose: str | None, known: Known | None = None) -> Material:
    """Compute what a report of a study shows, with the stars of a person, or with those that all share.

    Runs that are `known`, as `scpo.store.scored.read_runs` takes them, are not read again.

    Raises
    ------
    InputError
        If there is no such study, or none of its runs is finished.
    """
    save = not load.is_read_only()
    study = read_study(store, name)
    known = {} if known is None else known
    scored = reproduction.scored_of(store, study)
    runs = reproduction.finished_of(store, scored, study, known)
    config = EvaluationConfig(level=reproduction.LEVEL)
    documents = reproduction.study_documents(store, study, on_progress=on_stage, save=save, known=known)
    on_stage("tables", 0, 4, "tables")
    countries = results.country_table(scored, config)
    plain = results.setting_table(scored, runs, config, rule=RULE, eps=EPS, studies=[study])
    choices = results.setting_choices(scored, runs, config, rule=RULE, eps=EPS)
    settings = joined(load.pointed(load.named(plain, by=("country",))), results.choice_table(choices))
    labels = load.settings_of(settings)
    setting = default_setting(list(labels), reference=load.REFERENCE_SETTING)
    selection = Selection(study.dataset, study.model, level=config.level, setting=setting)
    on_stage("tables", 1, 4, "tables")
    cells = load.named_cells(results.bias_table(scored, runs, config), countries)
    steering = results.steering_points(settings, results.over_steering_table(scored, runs, config))
    on_stage("tables", 2, 4, "tables")
    there = settings["country"].unique().tolist()
    country = MEAN if MEAN in there else there[0]
    previewer = results.Previewer(scored, config)
    calibration = results.load_calibration(store, previewer, runs, save=save)
    followed = control_methods.followed(selection, settings)
    controls = results.measured_controls(previewer, runs, ridge=calibration.ridge, setting=followed)
    band = results.band_table(choices)
    distances = None
    if "divergence" in documents:
        found = results.load_divergence(store, scored, config, save=save)
        distances = arranged(found, results.layout(found), load.name_of(selection))
    on_stage("tables", 4, 4, "tables")
    return Material(
        study=study,
        selection=selection,
        info=scored.info,
        runs=tuple(run.run_id for run in runs),
        country=country,
        countries=countries.assign(too_few_users=countries["n_users"] < text.FEW_USERS),
        settings=settings,
        cells=cells,
        steering=steering,
        beside=control_methods.beside(controls, previewer, calibration, settings, country),
        noise=results.noise_table(scored, sorted(set(there) - {MEAN})),
        band=band[band["country"] == country],
        distances=distances,
        checks=reproduction.kept_checks(store, scored, runs, known),
        starred=gather_starred(store, scored, runs, setting, whose=whose),
        documents=documents,
    )
