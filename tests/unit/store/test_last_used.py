"""Which data set the dashboard begins with."""

from types import SimpleNamespace

import pytest

from scpo.store.cache import Store
from scpo.store.last_used import first_dataset, remember_used

REGISTERED = {"alpha": "2026-03-01", "beta": "2026-02-01", "survey": "2026-01-01"}


def sets(*names):
    return {
        name: SimpleNamespace(
            source="global-opinions" if name == "survey" else "pairs", created_at=REGISTERED.get(name, "2026-09-09")
        )
        for name in names
    }


def test_the_one_used_last_comes_before_the_sample(tmp_path):
    store = Store(tmp_path)
    known = sets("alpha", "beta", "sample", "survey")
    assert first_dataset(store, known) == "sample"
    for name in ("alpha", "survey", "beta"):
        remember_used(store, name)
        assert first_dataset(store, known) == name
    assert first_dataset(store, sets("alpha", "sample")) == "sample", "the one used last is gone"


def test_without_a_sample_the_first_registered_is_taken_and_never_a_survey_before_it(tmp_path):
    assert first_dataset(Store(tmp_path), sets("alpha", "beta", "survey")) == "beta"
    assert first_dataset(Store(tmp_path), sets("survey")) == "survey"
    assert first_dataset(Store(tmp_path), {}) is None


@pytest.mark.parametrize("written", ["", "[1]", '{"dataset": ["alpha"]}', "no JSON"])
def test_a_broken_note_is_as_good_as_none(tmp_path, written):
    (tmp_path / "last_used.json").write_text(written)
    assert first_dataset(Store(tmp_path), sets("alpha", "beta")) == "beta"


def test_where_nothing_can_be_written_nothing_is_noted(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    remember_used(Store(tmp_path / "cache"), "alpha")
    assert first_dataset(Store(tmp_path / "elsewhere"), sets("beta")) == "beta"
