"""An in-memory stand-in for `scpo.results`: the same functions, plausible tables, and the awkward cases.

Awkward on purpose: a country with fewer than ten users, one whose recovered share is unknown, a missing seed, a point
with a recovered share of 0, a country name that looks like markup.
"""

from __future__ import annotations

import itertools
import math
import zlib
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from scpo.config import EncodingConfig, RunConfig, TrainingConfig
from scpo.data.countries import display_name
from scpo.errors import StoreError
from scpo.method.slider import SortedGaps
from scpo.results import FinishedRun, Rates, WorkCounts, estimate_cost, pair_passes
from scpo.store.calibrations import AgreementRecord, CalibrationRecord

USERS = {"CHL": 22, "ZAF": 38, "NZL": 19, "AUS": 27, "MEX": 24, "ISR": 7, "CAN": 31}
MAJORITIES = {"USA": 130, "GBR": 120}
SETTINGS: dict[tuple[str, float, float], tuple[float, float]] = {
    ("full", math.nan, math.nan): (0.010, 0.24),
    ("filter", 0.7, math.nan): (-0.045, 0.52),
    ("filter", 0.6, math.nan): (-0.075, 0.61),
    ("inverse", math.nan, math.nan): (-0.055, 0.46),
    ("weight", math.nan, 1.1): (0.014, 0.09),
    ("weight", math.nan, 0.5): (0.009, 0.05),
    ("scpo", 0.7, 1.1): (0.024, 0.31),
    ("scpo", 0.6, 1.1): (0.012, 0.39),
    ("scpo", 0.7, 0.5): (0.019, 0.20),
    ("random", 0.7, math.nan): (0.004, 0.17),
}
"""Setting: mean change of all-country accuracy and mean recovered share."""

TRAINING = TrainingConfig(steps=32)
RIDGE = 0.01


def _few(n_users: float) -> bool:
    return n_users < 10


@dataclass
class FakeFindings:
    """Stands in for the module. `scenario` is empty, preparing, scored, one, partial, many, or broken."""

    scenario: str = "many"
    synthetic: bool = True
    extra: dict[str, int] = field(default_factory=dict)
    """Further countries with their test users."""

    finished: int = 0
    """Changes the fingerprint, as a finished run does."""

    users: dict[str, int] = field(default_factory=lambda: dict(USERS))

    def open_store(self) -> FakeFindings:
        return self

    def list_datasets(self, store: Any) -> list[Any]:
        if self.scenario == "empty":
            return []
        everybody = {**self.users, **MAJORITIES, **self.extra}
        split = SimpleNamespace(kind="stratified", test_fraction=0.15, seed=0)
        return [
            SimpleNamespace(
                name="sample",
                source="sample",
                location="generated",
                revision=None,
                group="country",
                licence="CC0-1.0",
                synthetic=self.synthetic,
                split=split,
                users_per_country={code: 6 * n for code, n in everybody.items()},
                pairs_per_country={code: 90 * n for code, n in everybody.items()},
            )
        ]

    def list_models(self, store: Any, dataset: str) -> list[str]:
        return [] if self.scenario == "preparing" else ["sample-global"]

    def fingerprint(self, store: Any, dataset: str, model: str) -> str:
        return f"{self.scenario}-{self.synthetic}-{self.finished}-{sorted(self.extra)}-{sorted(self.users.items())}"

    def load_scored(self, store: Any, dataset: str, model: str) -> Any:
        if self.scenario == "broken":
            raise StoreError("scores/1a2b3c is broken; run 'scpo cache verify' and score again.")
        scores = SimpleNamespace(model=model, model_key="m0", encoding=EncodingConfig())
        return SimpleNamespace(
            key="1a2b3c",
            info=SimpleNamespace(name=dataset, key="d0"),
            scores=SimpleNamespace(info=scores),
        )

    def load_runs(self, store: Any, dataset: str, model: str) -> list[Any]:
        codes = [] if self.scenario == "scored" else list(self.users)[: 1 if self.scenario == "one" else None]
        return [SimpleNamespace(run_id=f"{i:016d}", config=SimpleNamespace(country=c)) for i, c in enumerate(codes)]

    def Previewer(self, scored: Any, evaluation: Any) -> FakePreviewer:
        return FakePreviewer(scored, {**self.users, **MAJORITIES, **self.extra})

    def load_calibration(self, store: Any, previewer: Any, runs: Any, *, save: bool) -> CalibrationRecord:
        if self.scenario == "scored":
            return CalibrationRecord(ridge=RIDGE, created_at="2026-01-01")
        good = AgreementRecord(spearman=0.93, mean_absolute_error=0.034, n_runs=42)
        bad = AgreementRecord(spearman=0.41, mean_absolute_error=0.12, n_runs=42)
        own = bad if self.scenario == "partial" else good
        ids = [_run_id(code, setting, k) for code in self.users for setting in SETTINGS for k in range(3)]
        return CalibrationRecord(
            ridge=RIDGE,
            calibrated=True,
            training=TRAINING,
            all_country=good,
            true_country=own,
            by_country={"CHL": (good, own), "ZAF": (good, AgreementRecord.model_validate(_NOTHING))},
            n_settings=42,
            runs=ids,
            created_at="2026-01-01",
        )

    def measured_rates(self, store: Any, *, model_key: str, training: TrainingConfig, device: str) -> Rates:
        return Rates(0.002, 4.0, 3 * 2.0**29, 126) if training == TRAINING else Rates()

    estimate_cost = staticmethod(estimate_cost)
    pair_passes = staticmethod(pair_passes)

    def country_table(self, scored: Any, evaluation: Any) -> pd.DataFrame:
        z = _z(evaluation.level)
        rows = []
        for i, (code, n) in enumerate({**self.users, **MAJORITIES, **self.extra}.items()):
            value, half = 0.58 + 0.013 * (i % 7), z * 0.22 / math.sqrt(n)
            rows.append(
                {
                    "country": code,
                    "name": display_name(code),
                    "train_users": 5 * n,
                    "test_users": n,
                    "train_pairs": 75 * n,
                    "test_pairs": 15 * n,
                    "value": value,
                    "low": value - half,
                    "high": value + half,
                    "level": evaluation.level,
                    "n_pairs": 15 * n,
                    "n_users": n,
                    "disagree_value": 1 - value,
                    "disagree_low": 1 - value - half,
                    "disagree_high": 1 - value + half,
                }
            )
        return pd.DataFrame(rows).sort_values("name", ignore_index=True)

    def setting_rows(
        self, scored: Any, runs: Any, evaluation: Any, *, only_mean: bool = False, **choice: Any
    ) -> list[dict[str, Any]]:
        table = self.setting_table(scored, runs, evaluation, **choice)
        if only_mean and len(choice["countries"]) > 1:
            table = table[table["country"] == "mean"]
        return table.to_dict("records")

    def setting_table(
        self,
        scored: Any,
        runs: Any,
        evaluation: Any,
        *,
        rule: str = "max_all_country",
        eps: float = 0.01,
        countries: list[str] | None = None,
        ruler: Any = None,
        others: bool = True,
    ) -> pd.DataFrame:
        z = _z(evaluation.level)
        if ruler is not None:
            return self._previewed(runs, countries or [], z, evaluation.level)
        settings = {("scpo", 0.7, 1.1): SETTINGS[("scpo", 0.7, 1.1)]} if self.scenario == "one" else SETTINGS
        if self.scenario == "scored":
            settings = {}
        codes = [code for code in self.users if not countries or code in countries]
        if self.scenario == "one":
            codes = codes[:1]
        rows = []
        for c, code in enumerate(codes):
            rows.append(
                _setting_row(code, self.users[code], ("global", math.nan, math.nan), 0.0, 0.0, c, z, evaluation.level)
            )
            for s, (setting, (gain, true)) in enumerate(settings.items()):
                wiggle = 0.012 * math.sin(3.0 * c + s)
                row = _setting_row(
                    code, self.users[code], setting, gain + wiggle, true * (1 + 6 * wiggle), c, z, evaluation.level
                )
                if self.scenario == "partial" and (c + s) % 3 == 0:
                    row |= {"n_seeds": 1 + (c + s) % 2, "runs": row["runs"][:1]}
                rows.append(row)
        table = pd.DataFrame(rows)
        if self.scenario == "many" and "NZL" in codes:
            odd = table["country"].eq("NZL")
            weight = odd & table["method"].eq("weight") & table["beta"].eq(0.5)
            table.loc[weight, ["true_value", "true_low", "true_high"]] = 0.0
            inverse = odd & table["method"].eq("inverse")
            table.loc[inverse, ["true_value", "true_low", "true_high"]] = math.nan
        return _with_choice(_with_mean(table) if len(codes) > 1 else table, rule, eps)

    def _previewed(self, runs: list[FinishedRun], countries: list[str], z: float, level: float) -> pd.DataFrame:
        """Put previews where a smaller tau gives more of the recovered share and costs all-country accuracy."""
        users, nothing = {**self.users, **MAJORITIES, **self.extra}, math.nan
        globe = ("global", nothing, nothing)
        rows = [_setting_row(c, users[c], globe, 0.0, 0.0, i, z, level) for i, c in enumerate(countries)]
        for run in runs:
            one, place = run.config.objective, countries.index(run.config.country)
            tau = 1.0 if one.tau is None else one.tau
            beta = 5.0 if one.beta is None else one.beta
            setting = (one.method, one.tau if one.tau else nothing, one.beta if one.beta else nothing)
            true = 0.1 + 0.8 * (1 - tau) + 0.02 * beta
            row = _setting_row(
                run.config.country, users[run.config.country], setting, 0.03 - 0.2 * (1 - tau), true, place, z, level
            )
            rows.append(row | {"n_seeds": 1, "seeds_expected": 1, "runs": [run.run_id], "n_kept": run.n_kept})
        table = pd.DataFrame(rows)
        return _with_choice(_with_mean(table) if len(countries) > 1 else table, "max_all_country", 0.01)

    def bias_table(self, scored: Any, runs: Any, evaluation: Any) -> pd.DataFrame:
        z = _z(evaluation.level)
        rows = []
        settings = [("scpo", 0.7, 1.1)] if self.scenario == "one" else list(SETTINGS)
        trained = list(self.users)[: 1 if self.scenario == "one" else None]
        for (i, one), (j, other), setting in itertools.product(
            enumerate(trained), enumerate({**self.users, **MAJORITIES}), settings
        ):
            n = {**self.users, **MAJORITIES}[other]
            home = SETTINGS[setting][0] + 0.02 if one == other else -0.03 + 0.5 * SETTINGS[setting][0]
            value, half = home + 0.025 * math.sin(5.0 * i + 2.0 * j), z * 0.09 / math.sqrt(n)
            p = 2 * (1 - _phi(abs(value) / (half / z)))
            rows.append(
                {
                    "trained_for": one,
                    "tested_on": other,
                    "method": setting[0],
                    "tau": setting[1],
                    "beta": setting[2],
                    "runs": [_run_id(one, setting, k) for k in range(3)],
                    "n_seeds": 3,
                    "diff_value": value,
                    "diff_low": value - half,
                    "diff_high": value + half,
                    "p": p,
                    "holm": min(1.0, 5 * p),
                    "level": evaluation.level,
                    "n_pairs": 15 * n,
                    "n_users": n,
                    "too_few_users": _few(n),
                }
            )
        return pd.DataFrame(rows)

    def over_steering_table(self, table: pd.DataFrame) -> pd.DataFrame:
        tuned = table[(table["method"] != "global") & (table["country"] != "mean")]
        return tuned.assign(over_steering=(tuned["true_low"] > 0) & (tuned["gain_high"] < 0)).reset_index(drop=True)

    def progress(self, store: Any) -> list[Any]:
        return [self.study_progress(store, "", "")] if self.scenario in ("preparing", "partial") else []

    def work_counts(self, store: Any) -> Any:
        return WorkCounts(running=0, waiting=0)

    def study_progress(self, store: Any, dataset: str, model: str) -> Any:
        if self.scenario not in ("preparing", "partial"):
            return None
        scoring = self.scenario == "preparing"
        return SimpleNamespace(
            title="Sample" if scoring else "Study paper",
            stage="scoring" if scoring else "training South Africa",
            done=4200 if scoring else 45,
            total=13500 if scoring else 126,
            unit="responses" if scoring else "runs",
            eta_seconds=40.0 if scoring else 380.0,
            started_at=None,
            state="running",
            message="",
        )


_NOTHING = {"spearman": None, "mean_absolute_error": None, "n_runs": 0}


class FakePreviewer:
    """Stands in for `results.Previewer`: gaps drawn from a normal distribution, no features, no fits."""

    def __init__(self, scored: Any, users: dict[str, int]) -> None:
        self.scored = scored
        self.countries = sorted(users)
        self.ruler = object()
        self.n_fits = 0
        self._gaps = {
            code: SortedGaps.build(np.random.default_rng(n).normal(0.5, 1.2, 75 * n)) for code, n in users.items()
        }

    def gaps(self, country: str) -> SortedGaps:
        return self._gaps[country]

    def run_config(self, country: str, objective: Any, training: TrainingConfig, seed: int) -> RunConfig:
        return RunConfig(
            dataset="sample", dataset_key="d0", model="m", model_key="m0", country=country,
            objective=objective, training=training, seed=seed,
        )  # fmt: skip

    def runs(
        self, objectives: Any, *, ridge: float, training: TrainingConfig, others: bool = True
    ) -> list[FinishedRun]:
        self.n_fits += 1
        found = []
        for country, settings in objectives.items():
            for objective in settings:
                config = self.run_config(country, objective, training, 0)
                kept = self._gaps[country].kept(objective)
                found.append(FinishedRun(f"preview-{config.run_id}", config, kept.n_pairs, kept.n_kept, np.empty(0)))
        return found

    def propose(self, country: str, objectives: Any, *, ridge: float, rule: str, eps: float) -> Any:
        return max(objectives, key=lambda one: (one.method == "scpo", one.tau or 0, one.beta or 0))


def _z(level: float) -> float:
    return 1.96 if level > 0.9 else 1.28


def _phi(x: float) -> float:
    return 0.5 * (1 + math.erf(x / math.sqrt(2)))


def _run_id(code: str, setting: tuple, seed: int) -> str:
    return f"{zlib.crc32(repr((code, setting, seed)).encode()):08x}{seed:08x}"


def _setting_row(
    code: str, n: int, setting: tuple[str, float, float], gain: float, true: float, c: int, z: float, level: float
) -> dict[str, Any]:
    base = 0.585 + 0.012 * c
    half, half_true, half_gain = z * 0.22 / math.sqrt(n), z * 0.2 / math.sqrt(n), z * 0.07 / math.sqrt(n)
    untouched = setting[0] == "global"
    p = 1.0 if untouched else 2 * (1 - _phi(abs(gain) / (half_gain / z)))
    nothing = math.nan if untouched else 1.0
    return {
        "country": code,
        "name": display_name(code),
        "method": setting[0],
        "tau": setting[1],
        "beta": setting[2],
        "n_seeds": 0 if untouched else 3,
        "seeds_expected": 0 if untouched else 3,
        "runs": [] if untouched else [_run_id(code, setting, k) for k in range(3)],
        "n_train": 75 * n * nothing,
        "n_kept": round(75 * n * (0.6 if setting[1] == 0.7 else 1.0)) * nothing,
        "all_value": base + gain,
        "all_low": base + gain - half,
        "all_high": base + gain + half,
        "all_n_pairs": 15 * n,
        "all_n_users": n,
        "true_value": true,
        "true_low": 0.0 if untouched else max(0.002, true - half_true),
        "true_high": 0.0 if untouched else true + half_true,
        "true_n_pairs": 6 * n,
        "true_n_users": n,
        "others_value": 0.60 - 0.5 * abs(gain),
        "others_low": 0.57,
        "others_high": 0.63,
        "others_n_pairs": 3000,
        "others_n_users": 200,
        "gain_value": gain * nothing,
        "gain_low": (gain - half_gain) * nothing,
        "gain_high": (gain + half_gain) * nothing,
        "gain_p": p * nothing,
        "gain_holm": min(1.0, 3 * p) * nothing,
        "level": level,
        "design_effect": 1.7,
        "on_frontier": False,
        "chosen": False,
        "too_few_users": _few(n),
    }


def _with_mean(table: pd.DataFrame) -> pd.DataFrame:
    """Add the equal-weight mean; intervals are narrower by the root of the number of countries."""
    rows = []
    for _, group in table.groupby(["method", "tau", "beta"], dropna=False, sort=False):
        row = group.iloc[0].to_dict() | {"country": "mean", "name": "Mean over countries"}
        for name in ("all", "true", "others", "gain"):
            value = group[f"{name}_value"].mean()
            half = (group[f"{name}_high"] - group[f"{name}_low"]).mean() / 2 / math.sqrt(len(group))
            row |= {f"{name}_value": value, f"{name}_low": value - half, f"{name}_high": value + half}
        row |= {c: int(group[c].sum()) for c in group if c.endswith(("_n_pairs", "_n_users"))}
        row |= {
            "runs": [run for runs in group["runs"] for run in runs],
            "too_few_users": False,
            "gain_holm": math.nan,
            "gain_p": 0.01,
        }
        row |= {
            "n_seeds": int(group["n_seeds"].min()),
            "n_kept": group["n_kept"].sum(),
            "n_train": group["n_train"].sum(),
        }
        rows.append(row)
    return pd.concat([table, pd.DataFrame(rows)], ignore_index=True)


def _with_choice(table: pd.DataFrame, rule: str, eps: float) -> pd.DataFrame:
    """Mark front and choice by brute force; the rule `knee` is not imitated."""
    if table.empty:
        return table
    front, chosen = np.zeros(len(table), bool), np.zeros(len(table), bool)
    for _, group in table[table["method"] != "global"].groupby("country"):
        known = group.dropna(subset=["true_value", "all_value"])
        for i, row in known.iterrows():
            beaten = (known["true_value"] >= row["true_value"]) & (known["all_value"] > row["all_value"])
            front[i] = not beaten.any()
        allowed = known[known["all_value"] >= known["all_value"].max() - (eps if rule == "max_true_country" else 0)]
        chosen[allowed["true_value"].idxmax()] = True
    return table.assign(on_frontier=front, chosen=chosen)
