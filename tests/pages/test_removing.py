"""Data sets and global models are removed from the page, by command, and not while something rests on them."""

import json
import re

import pytest
import world
from reading import check_page, words
from typer.testing import CliRunner

from scpo.cli.main import app
from scpo.errors import InputError
from scpo.jobs.removal import remove_dataset, remove_model
from scpo.store.datasets import list_infos
from scpo.store.models import named_model


def names(store):
    return [info.name for info in list_infos(store)]


def opened(at):
    at.session_state["removing"] = True
    return at.run()


def test_a_data_set_is_removed_by_a_tick_and_a_button_and_its_scores_with_it(open_page, own_cache):
    store = own_cache("scored")
    before = store.names("scores")
    at = opened(open_page("data", store, query={"data": "views"}))
    assert at.button(key="remove_dataset").disabled
    at.checkbox(key="sure_dataset").check().run()
    at.button(key="remove_dataset").click().run()
    check_page(at)
    assert "Data set views is removed." in words(at)
    assert "views" not in names(store) and at.selectbox(key="data").value == "tastes"
    assert len(store.names("scores")) == len(before) - 1


def test_what_runs_rest_on_stays_and_the_page_says_who_they_are(open_page, own_cache):
    store = own_cache("many")
    at = opened(open_page("data", store))
    at.checkbox(key="sure_model_rm").check().run()
    at.button(key="remove_model_rm").click().run()
    assert len(at.error) == 1
    # Studies of one second stand in the order of their names.
    told = (
        r"model rm stays: it is needed by 4 studies \(paper, (stricter, heads|heads, stricter) and 1 more\) and 44 runs"
    )
    assert re.search(told, words(at))
    assert named_model(store, "rm") is not None
    with pytest.raises(InputError, match="data set tastes stays: it is needed by 3 studies"):
        remove_dataset(store, "tastes")


def test_a_model_without_runs_goes_with_its_scores(own_cache):
    store = own_cache("scored")
    remove_model(store, "rm")
    assert named_model(store, "rm") is None and store.names("scores") == []
    with pytest.raises(InputError, match="no global model named rm was trained here"):
        remove_model(store, "rm")


def test_scores_that_another_data_set_shares_stay(own_cache):
    store = own_cache("scored")
    before = store.names("scores")
    remove_dataset(store, "tastes-circles")
    assert store.names("scores") == before and "tastes-circles" not in names(store)


def test_what_is_worked_on_stays(own_cache):
    store = own_cache("scored")
    with world.at_work(store, "Scoring", "scoring", 1, 2, "responses"):
        sign = next((store.root / "progress").glob("*.json"))
        sign.write_text(json.dumps(json.loads(sign.read_text()) | {"dataset": "views", "model": "rm"}))
        with pytest.raises(InputError, match="data set views is in use by Scoring: cancel it"):
            remove_dataset(store, "views")
        with pytest.raises(InputError, match="model rm is in use by Scoring"):
            remove_model(store, "rm")


def test_the_commands_remove_and_are_refused_where_nothing_may_be_changed(own_cache, monkeypatch):
    store = own_cache("scored")
    monkeypatch.setenv("SCPO_CACHE_DIR", str(store.root))
    monkeypatch.setenv("SCPO_READ_ONLY", "true")
    assert CliRunner().invoke(app, ["data", "remove", "views"]).exit_code != 0 and "views" in names(store)
    monkeypatch.delenv("SCPO_READ_ONLY")
    assert CliRunner().invoke(app, ["data", "rm", "views"]).exit_code == 0 and "views" not in names(store)
    assert CliRunner().invoke(app, ["model", "remove", "rm"]).exit_code == 0 and named_model(store, "rm") is None


def test_a_read_only_dashboard_offers_no_removal(open_page, monkeypatch):
    monkeypatch.setenv("SCPO_READ_ONLY", "true")
    at = open_page("data", "scored")
    check_page(at)
    assert not [one for one in at.expander if one.label == "Remove"]
