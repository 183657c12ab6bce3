"""Checks of a stored data set: over all communities, kept by their causes, printed, ended without a trace."""

import json

import numpy as np
import pytest
import world as worlds

from scpo import results
from scpo.definitions import DEFINITIONS
from scpo.errors import InputError
from scpo.results.checks import CHECKS, MEAN, find_check, load_check
from scpo.store.cache import Store


@pytest.fixture(scope="module")
def stores(world_folder, tmp_path_factory):
    """Two caches of the data set `tastes`: with finished runs for three countries, and without any."""
    return {
        name: worlds.copy_of(world_folder, name, tmp_path_factory.mktemp(name) / "cache") for name in ("many", "scored")
    }


@pytest.fixture(scope="module")
def checked(stores):
    """Return a function that carries a check out on one of the caches, with few repeats, once."""
    known = {}

    def checked(name, scenario="many", **options):
        key = (name, scenario, *options.items())
        if key not in known:
            scored = results.load_scored(stores[scenario], "tastes", "rm")
            runs = results.runs_of(stores[scenario], scored)
            options = {"repeats": max(20, CHECKS[name].fewest_repeats) if CHECKS[name].repeats else None} | options
            known[key] = load_check(stores[scenario], scored, runs, name, **options)
        return known[key]

    return checked


def numbers(document, country):
    (row,) = [row for row in document.rows if row.country == country and row.other is None]
    return row.numbers


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_has_its_words_and_its_numbers(checked, name):
    row, found = CHECKS[name], checked(name)
    assert row.question.endswith("?") and row.definition in DEFINITIONS
    assert found.conclusion.endswith(".") and "nan" not in found.conclusion
    assert {one.name for one in row.quantities} == {key for line in found.rows for key in line.numbers}
    assert found.family and {one.country for one in found.rows} > set(found.family)


@pytest.mark.parametrize("name", CHECKS)
def test_fewer_than_ten_users_have_intervals_and_no_p_and_are_not_in_the_family(checked, name):
    found = checked(name)
    assert "ISR" not in found.family
    for row in found.rows:
        if "ISR" in (row.country, row.other):
            assert all(number.p is None and number.holm_p is None for number in row.numbers.values())


@pytest.mark.parametrize("name", ["shuffled", "noise-floor", "length"])
def test_a_check_goes_over_the_communities_that_have_a_model_and_names_the_others(checked, name):
    found = checked(name)
    assert {row.country for row in found.rows} == {"CHL", "ISR", "ZAF", MEAN}
    assert found.left_out == {"MEX": "no finished run", "NZL": "no finished run"}
    assert {row.country for row in checked(name, "scored").rows} > {"MEX", "NZL"}


@pytest.mark.parametrize("name", CHECKS)
def test_what_is_shown_changes_neither_correction_nor_conclusion(checked, name):
    found = checked(name)
    shown = found.shown(["ZAF"])
    assert {row.country for row in shown.rows} <= {"ZAF", MEAN} and shown.rows
    assert shown.conclusion == found.conclusion and shown.family == found.family
    assert all(row in found.rows for row in shown.rows)
    assert found.shown([]) == found


def test_holm_goes_over_the_family(checked):
    found = checked("shuffled")
    p = sorted(numbers(found, country)["excess"].p for country in found.family)
    assert len(p) == 2
    marks = sorted(numbers(found, country)["excess"].holm_p for country in found.family)
    assert marks == pytest.approx([2 * p[0], max(2 * p[0], p[1])])


def test_where_people_turn_the_common_order_round_shuffled_choices_gain_as_much(checked):
    """To know that the global model is mostly wrong there is enough; which pairs it has wrong says little more."""
    found = numbers(checked("shuffled"), "ZAF")
    assert found["gain"].value > 0.2 and found["gain_shuffled"].low > 0.1
    assert found["gain_shuffled"].low <= found["gain"].value <= found["gain_shuffled"].high
    assert found["gain"].p > 0.1 and abs(found["excess_shuffled"].value) < 0.05
    assert (found["gain"].n_users, found["excess"].n_users) == (12, 12)
    assert checked("shuffled").conclusion.startswith("No sign that the choices matter: mean excess of 2 countries")


def test_another_seed_draws_others_and_the_same_seed_the_same(checked):
    one, other = checked("shuffled", "scored"), checked("shuffled", "scored", seed=1)
    assert numbers(one, "CHL")["excess"].value == numbers(other, "CHL")["excess"].value
    assert numbers(one, "CHL")["excess_shuffled"] != numbers(other, "CHL")["excess_shuffled"]
    again = checked("shuffled", "scored", save=False)
    assert again.rows == one.rows


def test_other_training_users_widen_every_interval(checked):
    found = checked("noise-floor")
    for country in ("CHL", "ZAF", MEAN):
        of = numbers(found, country)
        assert of["gain_both"].value == of["gain"].value
        assert of["gain_both"].high - of["gain_both"].low >= of["gain"].high - of["gain"].low
        assert 0 < of["spread"].low < of["spread"].value < of["spread"].high and of["widening"].value >= 1


def test_where_people_like_the_longer_answer_a_part_of_the_gain_is_length(checked):
    found = checked("length", "scored")
    mexico, chile = numbers(found, "MEX"), numbers(found, "CHL")
    assert mexico["slope"].low > 0 and mexico["slope_people"].low > 0
    assert abs(chile["slope"].value) < mexico["slope"].value
    assert mexico["gain_controlled"].value < mexico["gain"].value


def test_a_check_is_computed_once_and_found_again(stores, tmp_path, monkeypatch):
    store = Store(tmp_path)
    scored = results.load_scored(stores["scored"], "tastes", "rm")
    assert find_check(store, scored, [], "length") is None
    told = []
    first = load_check(store, scored, [], "length", on_progress=lambda done, total: told.append(done / total))
    assert told[0] == 0 and told[-1] == 1 and told == sorted(told)
    monkeypatch.setattr("scpo.results.checks.load.Previewer", lambda *_: pytest.fail("computed again"))
    assert load_check(store, scored, [], "length") == first == find_check(store, scored, [], "length")
    assert find_check(store, scored, [], "length", level=0.8) is None


def test_what_is_not_to_be_kept_is_not_kept(stores, tmp_path):
    scored = results.load_scored(stores["scored"], "tastes", "rm")
    load_check(Store(tmp_path), scored, [], "length", save=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CHECKS)
def test_a_check_that_is_cancelled_leaves_nothing(stores, tmp_path, name):
    scored = results.load_scored(stores["scored"], "tastes", "rm")

    def stop(done, total):
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_check(Store(tmp_path), scored, [], name, on_progress=stop)
    assert Store(tmp_path).names("checks") == []


def test_bad_input_is_named(stores):
    scored = results.load_scored(stores["scored"], "tastes", "rm")
    with pytest.raises(InputError, match="no check 'nothing': known are shuffled"):
        load_check(stores["scored"], scored, [], "nothing")
    with pytest.raises(InputError, match="at least 19 repeats, got 3"):
        load_check(stores["scored"], scored, [], "shuffled", repeats=3)


class TestCommand:
    @pytest.fixture
    def cache_root(self, stores):
        return stores["many"].root

    def test_it_prints_the_document_of_all_or_of_some(self, document, checked):
        options = ("check", "shuffled", "--data", "tastes", "--model", "rm", "--repeats", "20")
        found = document(*options)
        assert found == json.loads(checked("shuffled").model_dump_json())
        some = document(*options, "--countries", "South Africa")
        assert [row["country"] for row in some["rows"]] == ["ZAF", MEAN]
        assert some["conclusion"] == found["conclusion"] and np.isfinite(some["rows"][0]["numbers"]["excess"]["holm_p"])

    def test_it_prints_a_table_and_the_conclusion(self, scpo, checked):
        code, out, err = scpo("check", "length", "--data", "tastes", "--model", "rm")
        assert code == 0 and "Gain without length, points" in out and "ZAF" in out
        assert checked("length").conclusion in err and "left out: MEX, no finished run" in err

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            ("nothing --model rm", "no check 'nothing': known are shuffled, noise-floor, length"),
            ("shuffled --model rm --repeats 2", "at least 19 repeats"),
            ("length --model rm --countries MEX", "has no row for MEX (MEX: no finished run)"),
            ("length --model other", "`scpo score"),
            ("length --model rm --level 95", "level"),
        ],
    )
    def test_bad_input_is_one_line_and_exit_code_2(self, scpo, words, sentence):
        code, out, err = scpo("check", *words.split(), "--data", "tastes")
        assert (code, out) == (2, "") and sentence in err.splitlines()[-1]

    def test_ctrl_c_leaves_neither_result_nor_sign(self, scpo, cache_root, monkeypatch):
        def interrupted(*_, **__):
            assert list((cache_root / "progress").glob("check-length-*.json"))
            raise KeyboardInterrupt

        before = Store(cache_root).names("checks")
        monkeypatch.setattr("scpo.results.checks.load.load_calibration", interrupted)
        code, out, _ = scpo("check", "length", "--data", "tastes", "--model", "rm", "--level", "0.7")
        assert (code, out) == (130, "") and Store(cache_root).names("checks") == before
        assert not list((cache_root / "progress").glob("check-*.json"))
