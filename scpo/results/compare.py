"""Two runs side by side: paired differences on every community, and what was asked differently."""

from __future__ import annotations

from typing import Any

from scpo.config import EvaluationConfig
from scpo.errors import InputError
from scpo.measures.accuracy import SUBSETS
from scpo.measures.bias import tested
from scpo.measures.estimate import known
from scpo.measures.intervals import holm
from scpo.store.cache import Store
from scpo.store.scored import find_run, load_scored, runs_of


def compare_document(store: Store, first: str, second: str, config: EvaluationConfig) -> dict[str, Any]:
    """Build the document of ``scpo compare --json``: first minus second, paired, with Holm."""
    configs = [find_run(store, run).config for run in (first, second)]
    rulers = [(one.dataset_key, one.model_key, one.encoding.context) for one in configs]
    if rulers[0] != rulers[1]:
        raise InputError(
            f"runs {first} and {second} differ in data set, global model or context: only runs of one can be paired"
        )
    scored = load_scored(store, configs[0].dataset, configs[0].model_key, context=configs[0].encoding.context)
    gaps = {run.run_id: run.gap for run in runs_of(store, scored) if run.run_id in (first, second)}
    evaluation = scored.evaluation(config)
    rows: list[dict[str, Any]] = []
    for subset in SUBSETS:
        true_country = subset == "true_country"
        found = [
            tested(
                evaluation.accuracy(gaps[first], group, true_country=true_country).minus(
                    evaluation.accuracy(gaps[second], group, true_country=true_country)
                ),
                level=config.level,
            )
            for group in evaluation.rows
        ]
        adjusted = holm([difference.p for difference in found])
        rows += [
            {
                "tested_on": group,
                "subset": subset,
                "difference": difference.to_json(),
                "holm_p": known(float(p)),
            }
            for group, difference, p in zip(evaluation.rows, found, adjusted, strict=True)
        ]
    settings = [flat(one.as_json()) for one in configs]
    couples = {key: [one.get(key) for one in settings] for key in settings[0] | settings[1]}
    differing = {key: couple for key, couple in couples.items() if couple[0] != couple[1]}
    return {"first": first, "second": second, "rows": rows, "config_difference": differing}


def flat(value: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings as one level: ``{"objective.tau": 0.7}``."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        found |= flat(item, f"{prefix}{key}.") if isinstance(item, dict) else {f"{prefix}{key}": item}
    return found
