"""The checks `topics`, `budget` and `efficiency` of a stored data set."""

import numpy as np
import pytest
import world as worlds

from scpo import results
from scpo.config import EvaluationConfig
from scpo.measures.intervals import holm
from scpo.methods import PAPER_METHODS
from scpo.results.checks import MEAN, load_check
from scpo.results.checks.topics import strata_of
from scpo.store.cache import Store


@pytest.fixture(scope="module")
def store(world_folder, tmp_path_factory):
    return worlds.copy_of(world_folder, "scored", tmp_path_factory.mktemp("scored") / "cache")


@pytest.fixture(scope="module")
def scored(store):
    return results.load_scored(store, "tastes", "rm")


@pytest.fixture(scope="module")
def checked(store, scored):
    """Return a function that carries a check out, once; prompts have two topics that all countries share."""
    known = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("scpo.results.checks.topics.prompt_topics_of", topics("topic"))
        yield from _checked(store, scored, known)


def topics(column):
    """Return a function that takes the topic of every response's prompt from a column of the pairs."""
    return lambda scored: scored.pairs.set_index("chosen")[column].reindex(range(len(scored.utterances)))


def _checked(store, scored, known):

    def checked(name, **options):
        key = (name, *options.items())
        if key not in known:
            known[key] = load_check(store, scored, [], name, **options)
        return known[key]

    yield checked


def lines(document, country, other=None):
    return [row.numbers for row in document.rows if (row.country, row.other) == (country, other)]


class TestTopics:
    def test_strata_are_topics_and_types_of_conversation_where_they_are_known(self, scored, checked):
        found = strata_of(scored)
        assert len(found) == len(scored.pairs) and found.str.startswith(" | ").all() and found.nunique() > 1
        assert checked("topics").about["strata"] == 2
        assert "The data have no types of conversation: topics alone are matched." in checked("topics").notes

        class Typed:
            pairs = scored.pairs.assign(conversation_type=["a", None] * (len(scored.pairs) // 2))
            key, utterances = scored.key, scored.utterances

        typed = strata_of(Typed)
        assert typed.str.startswith("a | ").mean() == typed.str.startswith("other | ").mean() == 0.5

    def test_unmatched_distances_are_those_of_the_divergence_page(self, store, scored, checked):
        expected = results.load_divergence(store, scored, EvaluationConfig(resamples=200))
        names = expected.countries
        found = checked("topics")
        couples = [row for row in found.rows if row.other is not None]
        assert len(couples) == len(names) * (len(names) - 1) // 2
        for row in couples:
            cell = expected.distance[names.index(row.country)][names.index(row.other)]
            one = row.numbers["distance"]
            assert (one.value, one.low, one.high) == pytest.approx(
                (cell.value, cell.low, cell.high), abs=1e-4, nan_ok=True
            )
            assert one.n_users == cell.n_users and 0 < row.numbers["overlap"].value <= 1

    def test_a_gain_on_others_is_taken_from_the_own_gain_on_the_same_people(self, checked):
        found = checked("topics")
        (mean,) = lines(found, MEAN)
        assert {"distance", "distance_matched", "gain_beyond_topics"} <= set(mean) and mean["distance"].low is None
        for country in found.family:
            (one,) = lines(found, country)
            assert one["gain_beyond_topics"].value == pytest.approx(one["gain"].value - one["gain_topics"].value)
            assert one["gain_beyond_topics"].n_users >= 10
        p = [lines(found, country)[0]["gain_beyond_topics"].p for country in found.family]
        marks = [lines(found, country)[0]["gain_beyond_topics"].holm_p for country in found.family]
        assert marks == pytest.approx(holm(p))

    def test_where_people_turn_the_common_order_round_others_do_not_help(self, checked):
        (found,) = lines(checked("topics"), "ZAF")
        assert found["gain"].value > found["gain_topics"].value

    def test_where_nobody_else_asks_the_same_there_is_neither_distance_nor_gain(self, scored, tmp_path, monkeypatch):
        monkeypatch.setattr("scpo.results.checks.topics.prompt_topics_of", topics("country"))
        found = load_check(Store(tmp_path), scored, [], "topics", save=False)
        (alone,) = lines(found, "ZAF")
        assert alone["gain"].value is not None and alone["gain_topics"].value is alone["gain_beyond_topics"].p is None
        assert found.conclusion == "Neither a distance nor a gain rests on enough users: there is no verdict."
        assert any(note.startswith("Nobody else has trained on what is asked in CHL, ") for note in found.notes)
        assert any("too little is left" in note and "ZAF" in note for note in found.notes)
        (couple,) = (row.numbers for row in found.rows if (row.country, row.other) == ("NZL", "ZAF"))
        assert (couple["overlap"].value, couple["distance_matched"].value) == (0, None)
        assert couple["distance"].value is not None


class TestBudget:
    def test_every_method_flips_as_many_training_pairs_as_full(self, checked):
        found = checked("budget")
        for row in found.rows:
            (full,) = lines(found, row.country, "full")
            if row.country != MEAN:
                assert row.numbers["flips"].value == pytest.approx(full["flips"].value, abs=0.06)
            if row.other == "full":
                assert row.numbers["factor"].value == 1 and "gain_against_full" not in row.numbers

    def test_differences_to_full_are_paired_and_corrected_by_method(self, checked):
        found = checked("budget")
        for method in set(PAPER_METHODS) - {"full"}:
            rows = [row for row in found.rows if row.other == method and row.country != MEAN]
            for row in rows:
                (full,) = lines(found, row.country, "full")
                for name in ("gain", "excess"):
                    change = row.numbers[f"{name}_against_full"].value
                    assert change == pytest.approx(row.numbers[name].value - full[name].value)
            p = [np.nan if (one := row.numbers["excess_against_full"].p) is None else one for row in rows]
            marks = [row.numbers["excess_against_full"].holm_p for row in rows]
            assert [np.nan if mark is None else mark for mark in marks] == pytest.approx(holm(p), nan_ok=True)


class TestEfficiency:
    def test_efficiency_is_the_part_times_pairs_over_kept_pairs(self, scored, checked):
        found = checked("efficiency", repeats=6)
        for row in found.rows:
            numbers = row.numbers
            ratio, part = numbers["kept_ratio"].value, numbers["part"]
            assert numbers["efficiency"].value == pytest.approx(ratio * part.value)
            assert part.at_least == numbers["efficiency"].at_least and (not part.at_least or part.value == 1)
            assert part.low <= part.value and (part.high is None or part.value <= part.high)
            alone = numbers["efficiency_these_users"]
            assert numbers["efficiency"].low <= alone.low
        kept = scored.country_pairs("CHL", "train")["p_glo"].lt(0.7).sum()
        (chile,) = lines(found, "CHL")
        assert chile["kept_ratio"].value == pytest.approx(len(scored.country_pairs("CHL", "train")) / kept)

    def test_the_ratio_that_is_checked_stands_in_the_sentence(self, checked):
        found = checked("efficiency", repeats=6)
        assert "efficiency" in found.conclusion and "%" in found.conclusion
        assert any("Filter + weight gains nothing" in note for note in found.notes) == any(
            row.numbers["part"].value == 0 and row.country != MEAN for row in found.rows
        )

    def test_other_seeds_draw_other_parts(self, checked):
        one, other = checked("efficiency", repeats=6), checked("efficiency", repeats=6, seed=1)
        reached = [[row.numbers["efficiency_these_users"] for row in found.rows] for found in (one, other)]
        assert reached[0] != reached[1]

    class TestCommand:
        @pytest.fixture
        def cache_root(self, store):
            return store.root

        def test_it_says_what_is_only_known_from_below(self, scpo, checked):
            found = checked("efficiency", repeats=6)
            code, out, err = scpo("check", "efficiency", "--data", "tastes", "--model", "rm", "--repeats", "6")
            assert code == 0 and "Pairs / kept pairs, %" in out and found.conclusion in err
            below = any(row.numbers["efficiency"].at_least for row in found.rows)
            assert below and "≥ " in out and ", …]" in out
