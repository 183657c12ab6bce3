"""How fast sliders and previews move, on generated features of a stated size."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scpo.config import ObjectiveConfig
from scpo.method.heads import PreferenceFeatures
from scpo.method.preview import Start, preview
from scpo.method.slider import SortedGaps
from scpo.methods import CONTROLS, PAPER_METHODS, PREVIEWED

COUNTRIES = 7
PAIRS_PER_COUNTRY = 1500
DIMENSIONS = 768
MOVES = 60
BINS = np.linspace(-6, 6, 61)


@dataclass(frozen=True)
class SpeedRow:
    """One measured speed: what, milliseconds (95th percentile over `n` repetitions), the target if there is one."""

    what: str
    milliseconds: float
    target: float | None
    n: int


def bench_preview(*, n_pairs: int = 100_000, many: int = 10_000_000, seed: int = 0) -> list[SpeedRow]:
    """Measure slider moves on generated gaps, and previews on generated features.

    Parameters
    ----------
    n_pairs, many : int
        Pairs of the slider moves, in all countries together.
    """
    rng = np.random.default_rng(seed)
    countries = [SortedGaps.build(part) for part in np.array_split(rng.normal(0.4, 1.1, n_pairs), COUNTRIES)]
    whole = SortedGaps.build(rng.normal(0.4, 1.1, many))
    taus, betas = rng.uniform(0.3, 1.0, MOVES), rng.uniform(0.2, 4.0, MOVES)

    def move(tau: float, beta: float) -> None:
        for gaps in countries:
            gaps.histogram(BINS)
            for method in PREVIEWED:
                gaps.kept(ObjectiveConfig(method=method, tau=tau, beta=beta))

    features = [_generated(rng) for _ in range(COUNTRIES)]
    last: dict[int, Start] = {}

    def setting(tau: float, beta: float) -> None:
        asked = ObjectiveConfig(method="scpo", tau=tau, beta=beta)
        for place, one in enumerate(features):
            start = {asked: last[place]} if place in last else None
            last[place] = preview(one, [asked], ridge=one.default_ridge, start=start, conditioned=True).starts[asked]

    of_paper = [name for name in PAPER_METHODS if name not in CONTROLS]
    grid = [
        ObjectiveConfig(method=method, tau=tau, beta=beta)
        for method in of_paper
        for tau in np.linspace(0.5, 1.0, 10)
        for beta in np.geomspace(0.3, 4.0, 10)
    ]

    def whole_grid() -> None:
        for one in features:
            preview(one, grid, ridge=one.default_ridge)

    moved = f"{n_pairs:,} pairs, {COUNTRIES} countries, {len(PREVIEWED)} methods"
    return [
        _row(f"tau move, {moved}", 100, MOVES, lambda i: move(taus[i], 1.1)),
        _row(f"beta move, {moved}", 100, MOVES, lambda i: move(0.7, betas[i])),
        _row(
            f"one setting, {COUNTRIES} countries of {PAIRS_PER_COUNTRY:,} pairs, {DIMENSIONS} features",
            150,
            MOVES // 3,
            lambda i: setting(taus[i], betas[i]),
        ),
        _row(f"{COUNTRIES} countries x {len(of_paper)} methods x 100 settings", 3000, 1, lambda i: whole_grid()),
        _row(f"tau move, {many:,} pairs", 500, MOVES, lambda i: _ten_million(whole, taus[i])),
    ]


def _ten_million(gaps: SortedGaps, tau: float) -> None:
    gaps.histogram(BINS)
    for method in PREVIEWED:
        gaps.kept(ObjectiveConfig(method=method, tau=tau, beta=1.1))


def _generated(rng: np.random.Generator) -> PreferenceFeatures:
    """Make feature differences whose variance falls along the axes, as an encoder's does."""
    spread = np.arange(1, DIMENSIONS + 1) ** -0.5
    differences = rng.normal(size=(PAIRS_PER_COUNTRY, DIMENSIONS)) * spread
    head = rng.normal(size=DIMENSIONS) * 0.5
    differences *= np.where(differences @ head < 0, np.where(rng.random(PAIRS_PER_COUNTRY) < 0.5, -1, 1), 1)[:, None]
    return PreferenceFeatures.build(differences, head)


def _row(what: str, target: float, n: int, act: Callable[[int], None]) -> SpeedRow:
    seconds = []
    for i in range(n):
        began = time.perf_counter()
        act(i)
        seconds.append(time.perf_counter() - began)
    return SpeedRow(what, 1000 * float(np.quantile(seconds, 0.95)), target, n)
