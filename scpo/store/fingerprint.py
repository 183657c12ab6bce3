"""What changes when the results of a data set and a global model change."""

from __future__ import annotations

from scpo.config import content_key
from scpo.store import datasets
from scpo.store.cache import Store
from scpo.store.externals import list_externals
from scpo.store.runs import list_runs
from scpo.store.scores import list_scores, scores_of


def fingerprint(store: Store, dataset: str, model: str) -> str:
    """Return a key that changes when a run of this data set and model finishes, or when it is scored anew.

    So it does when a model from elsewhere is added, scored or removed. Up to the full stop it changes with the data set
    and its scores alone, whatever runs there are.
    """
    info = datasets.load_info(store, dataset)
    scored = list_scores(store, info)
    scores = [key for key, _ in scores_of(store, info, model)]
    elsewhere = [
        [record.name, record.trained_for, record.setting, key]
        for record in list_externals(store)
        for key in ("", *(key for key, found in scored if found.model_key == record.key))
    ]
    finished = sorted(
        record.run_id
        for record in list_runs(store)
        if record.status == "succeeded" and record.config.dataset_key == info.key
    )
    causes = {"dataset": info.key, "scores": scores}
    beside = {"runs": finished} | ({"elsewhere": elsewhere} if elsewhere else {})
    return f"{content_key('scored', causes)}.{content_key('fingerprint', causes | beside)}"
