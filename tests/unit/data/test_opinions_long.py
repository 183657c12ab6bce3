"""Survey answers in long tables (shares, percents, counts, a row per person) become what GlobalOpinionQA becomes."""

import numpy as np
import pandas as pd
import pytest

from scpo.data.sources.global_opinions.pairs import load_opinion_tables
from scpo.data.sources.opinions_long.load import ANSWERED, NO_COUNTRY, NO_OPTION, TWICE, load_long_opinions
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.responses.load import load_responses
from scpo.data.tables import OPINIONS, PAIRS, UTTERANCES, validate
from scpo.errors import DataError, InputError

SHARES = {
    "Is rain good?": {"Chile": {"Yes": 0.6, "No": 0.4}, "Kenya": {"Yes": 0.25, "No": 0.75}},
    "Is tea good?": {"Chile": {"Yes": 0.5, "No": 0.4, "DK/Refused": 0.1}},
}


def stated(name="share", times=1.0, **more):
    return [
        {"question": question, "country": country, "answer": option, name: share * times, **more}
        for question, countries in SHARES.items()
        for country, options in countries.items()
        for option, share in options.items()
    ]


def load(write, rows, name="o.jsonl", **given):
    tables = load_long_opinions(write(rows, name), mapping=given.pop("mapping", {}), **given)
    validate(tables.opinions, OPINIONS, "opinions")
    validate(tables.pairs, PAIRS, "pairs")
    validate(tables.utterances, UTTERANCES, "utterances")
    (file,) = tables.report.files
    assert tables.report.files[file] == tables.report.kept[file] + sum(map(len, tables.report.dropped[file].values()))
    return tables


def shares(tables):
    return {
        (row["question"], row["country"], row["option"]): row["share"] for row in tables.opinions.to_dict("records")
    }


EXPECTED = {
    (question, {"Chile": "CHL", "Kenya": "KEN"}[country], option): share
    for question, countries in SHARES.items()
    for country, options in countries.items()
    for option, share in options.items()
}


@pytest.mark.parametrize(
    ("rows", "n"),
    [
        (stated(), [np.nan] * 7),
        (stated("percent", 100), [np.nan] * 7),
        (stated("share", 100), [np.nan] * 7),
        (stated("count", 200), [200] * 7),
        (stated(n=80), [80] * 7),
    ],
)
def test_shares_percents_and_counts_say_the_same(write, rows, n):
    tables = load(write, rows)
    assert shares(tables) == pytest.approx(EXPECTED)
    np.testing.assert_array_equal(tables.opinions["n"], n)
    assert tables.opinions.loc[~tables.opinions["is_answer"], "option"].tolist() == ["DK/Refused"]


def test_the_tables_are_those_of_global_opinions(write, tmp_path):
    file = tmp_path / "global.csv"
    rows = [
        {
            "question": question,
            "selections": f"defaultdict(<class 'list'>, { ({c: list(o.values()) for c, o in countries.items()}) })",
            "options": str(list(next(iter(countries.values())))),
        }
        for question, countries in SHARES.items()
    ]
    pd.DataFrame(rows).to_csv(file, index=False)
    known, tables = load_opinion_tables(file), load(write, stated())
    for name in ("users", "utterances", "pairs"):
        pd.testing.assert_frame_equal(getattr(tables, name), getattr(known, name))
    pd.testing.assert_frame_equal(tables.opinions.drop(columns="n"), known.opinions)


def persons():
    votes = [("t", "Chile", "0"), ("t", "Chile", "1"), ("t", "Chile", "1"), ("t", "Kenya", "0"), ("u", "Kenya", "1")]
    return [{"id": q, "annotator": f"p{i}", "nationality": c, "annotation": a} for i, (q, c, a) in enumerate(votes)]


def test_a_row_of_a_person_is_counted_and_an_answer_of_nobody_is_zero(write):
    tables = load(write, persons())
    assert shares(tables) == pytest.approx(
        {
            ("t", "CHL", "0"): 1 / 3, ("t", "CHL", "1"): 2 / 3, ("t", "KEN", "0"): 1, ("t", "KEN", "1"): 0,
            ("u", "KEN", "1"): 1,
        }
    )  # fmt: skip
    assert tables.opinions["n"].tolist() == [3, 3, 1, 1, 1]
    assert len(tables.pairs) == 2 and any("rests on 1 to 3 people, median 1" in one for one in tables.report.notes)
    assert any("look like codes ('t')" in one for one in tables.report.notes)


def test_ratings_are_in_the_order_of_their_numbers(write):
    rows = [{"text": "a b", "user": str(i), "country": "Chile", "rating": r} for i, r in enumerate([10, 2, 1, 1])]
    assert load(write, rows).opinions["option"].tolist() == ["1", "2", "10"]


def test_weights_count_and_a_person_who_answers_twice_counts_once(write):
    rows = persons()
    weighted = load(write, [{**row, "weight": 2 if row["annotation"] == "0" else 1} for row in rows])
    assert shares(weighted)["t", "CHL", "0"] == pytest.approx(0.5) and weighted.opinions["n"].tolist()[0] == 3
    again = load(write, [*rows, {**rows[0], "annotation": "1"}])
    assert again.report.dropped["o.jsonl"] == {ANSWERED: [6]} and shares(again) == shares(load(write, rows))


def test_countries_or_options_may_stand_beside_one_another(write):
    beside = [
        {"question": question, "option": option, **{c: o.get(option) for c, o in countries.items()}}
        for question, countries in SHARES.items()
        for option in next(iter(countries.values()))
    ]
    assert shares(load(write, beside)) == pytest.approx(EXPECTED)
    options = [
        {"question": question, "country": country, **options}
        for question, countries in SHARES.items()
        for country, options in countries.items()
    ]
    assert shares(load(write, options)) == pytest.approx(EXPECTED)


def test_what_cannot_be_used_is_dropped_with_its_reason(write):
    bad = [
        {"question": "q", "country": "", "answer": "Yes", "share": 1},
        {"question": "q", "country": "Chile", "answer": None, "share": 1},
        {"question": "q", "country": "Atlantis", "answer": "Yes", "share": 1},
        {"question": "q", "country": "Peru", "answer": "Yes", "share": "many"},
        {"question": "q", "country": "Brazil", "answer": "Yes", "share": 0.5},
        *[{"question": "q", "country": "Ghana", "answer": "Yes", "share": 0.5}] * 2,
    ]
    tables = load(write, [*bad, *stated()])
    assert tables.report.dropped["o.jsonl"] == {
        NO_OPTION: [2], "unknown country": [3], NO_COUNTRY: [1], "share: no number from 0": [4], TWICE: [6, 7],
        "shares do not sum to 1": [5],
    }  # fmt: skip
    assert shares(tables) == pytest.approx(EXPECTED) and any("Atlantis" in note for note in tables.report.notes)


def test_other_communities_are_taken_as_they_are(write):
    rows = [{**row, "faith": row["country"] + "ism"} for row in stated()]
    assert set(load(write, rows, group="faith").opinions["country"]) == {"Chileism", "Kenyaism"}
    with pytest.raises(InputError, match="one column of communities"):
        load(write, rows, group="faith,country")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([{"question": "q", "country": "Chile", "answer": "a", "what": 0.5}], "no column says how many gave it"),
        ([{"question": "q", "share": 1}], "no column for country, option; columns found: question, share; name them"),
        ([{"question": "q", "selections": "{}", "options": "[]"}], "read it with --source global-opinions"),
        ([{"question": "q", "country": "Atlantis", "answer": "a", "share": 1}], "'Atlantis' is not a country"),
        ([{"question": "q", "country": "Chile", "answer": "a", "share": 0}], "all shares are zero"),
        (
            [{"question": "q", "country": "Chile", "answer": "a", "share": 1}],
            "holds no pair: no country gave one answer",
        ),
    ],
)
def test_a_table_that_does_not_say_it_is_refused_in_words(write, rows, words):
    with pytest.raises(DataError, match=words):
        load(write, rows)


def test_the_other_doors_say_where_survey_answers_are_read(write):
    file = write(persons())
    for read in (load_pairs_file, load_responses):
        with pytest.raises(DataError, match="survey answers are read with --source opinions-long"):
            read(file, mapping={})


def test_a_parted_number_of_people_is_added_up_where_it_agrees_with_the_shares(write):
    rows = [{**row, "n": row["share"] * 50} for row in stated()]
    assert set(load(write, rows).opinions["n"].round(6)) == {50}
    rows[0]["n"] = 7
    assert load(write, rows).opinions["n"].isna().sum() == 2
