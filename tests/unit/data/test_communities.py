"""Communities from survey answers: alone, combined, from PRISM and from a file."""

import json

import pandas as pd
import pytest
from defects import GOOD, defect_file

from scpo.data.communities import community_sizes, group_columns, regrouped, survey_columns
from scpo.data.sources.pairs.grouped import load_grouped_pairs
from scpo.data.sources.pairs.load import load_pairs_file
from scpo.data.sources.prism.load import load_prism
from scpo.data.tables import PAIRS, validate
from scpo.errors import InputError

NAMES = {"prompt": "question", "chosen": "preferred", "rejected": "other", "user_id": "annotator", "country": "nation"}


@pytest.fixture
def tables(write):
    """Twenty people in four countries, five each; gender alternates by fours."""
    rows = [json.loads(line) for line in defect_file().decode().splitlines() if line.startswith('{"question": "made')]
    good = [row for row in rows if row.get("other") and isinstance(row["preferred"], str) and row["question"]]
    return load_pairs_file(write([row for row in good if int(row["question"].split()[-1]) < GOOD]), mapping=NAMES)


def communities(tables) -> dict[str, int]:
    return tables.pairs.dropna(subset="country").groupby("country")["user_id"].nunique().to_dict()


def test_a_survey_answer_of_prism_is_a_community_and_the_residence_stays(prism_folder):
    before = load_prism(prism_folder())
    after = regrouped(before, ["gender"], least_users=10)
    validate(after.pairs, PAIRS, "pairs")
    expected = before.users["gender"].where(before.users["gender"] != "Prefer not to say", None)
    assert [v if isinstance(v, str) else None for v in after.users["country"]] == list(expected)
    assert list(after.users["reside_country"].dropna()) == list(before.users["country"].dropna())
    assert len(after.pairs) == len(before.pairs) and after.pairs["pair_id"].equals(before.pairs["pair_id"])


def test_every_survey_answer_of_prism_can_be_a_community(prism_folder):
    tables = load_prism(prism_folder())
    names = survey_columns(tables, group="country")
    assert names[0] == "country" and {"gender", "age", "religion", "education", "ethnicity"} <= set(names)
    assert "split" not in names and "user_id" not in names


def test_pairs_take_the_answer_of_their_user(tables):
    after = regrouped(tables, ["gender"], least_users=10)
    answer = tables.users.set_index("user_id")["gender"]
    assert list(after.pairs["country"]) == list(tables.pairs["user_id"].map(answer))


def test_a_combination_with_enough_users_has_both_names(tables):
    after = regrouped(tables, ["country", "gender"], least_users=2)
    assert communities(after) == {
        "Chile / female": 3, "Chile / male": 2, "Mexico / female": 3, "Mexico / male": 2,
        "New Zealand / female": 3, "New Zealand / male": 2, "South Africa / female": 3, "South Africa / male": 2,
    }  # fmt: skip


def test_a_small_combination_is_no_community_and_is_named(tables):
    after = regrouped(tables, ["country", "gender"], least_users=3)
    assert set(communities(after)) == {
        f"{name} / female" for name in ("Chile", "Mexico", "New Zealand", "South Africa")
    }
    (note,) = [note for note in after.report.notes if note.startswith("Communities: ")]
    assert "4 combinations of fewer than 3 users (8 users in all) made no community" in note and "Chile / male" in note
    assert after.users.loc[after.users["country"].isna(), "gender"].tolist() == ["male"] * 8


def test_who_gave_no_answer_has_no_community(tables):
    users = tables.users.copy()
    users.loc[[0, 1], "gender"] = ["Prefer not to say", None]
    after = regrouped(
        tables.__class__(users, tables.utterances, tables.pairs, tables.report), ["gender"], least_users=1
    )
    assert after.users["country"].isna().tolist() == [True, True] + [False] * 18
    assert "2 users with pairs gave no answer" in after.report.notes[-1]


def test_regrouping_twice_is_regrouping_once_and_countries_come_back(tables):
    once = regrouped(tables, ["country", "gender"], least_users=2)
    twice = regrouped(
        regrouped(tables, ["gender"], least_users=2), ["country", "gender"], group="gender", least_users=2
    )
    pd.testing.assert_series_equal(once.pairs["country"], twice.pairs["country"])
    back = regrouped(once, ["country"], group="country,gender", least_users=2)
    assert list(back.pairs["country"]) == list(tables.pairs["country"])
    assert sum(note.startswith("Communities: ") for note in back.report.notes) == 1


def test_an_unknown_answer_lists_the_known_ones(tables):
    with pytest.raises(InputError, match=r"'shoe_size'.*country, gender"):
        regrouped(tables, ["shoe_size"], least_users=1)


def test_nobody_left_is_an_error(tables):
    with pytest.raises(InputError, match="no community is left"):
        regrouped(tables, ["country", "gender"], least_users=10)


def test_sizes_count_people_and_not_pairs(tables):
    assert community_sizes(tables, group="country")["gender"].to_dict() == {"female": 12, "male": 8}


def test_the_option_names_one_or_several_columns():
    assert group_columns("country, gender") == ["country", "gender"]
    for wrong in ("", ",", "a,a"):
        with pytest.raises(InputError):
            group_columns(wrong)


@pytest.mark.parametrize("group", ["country,gender", "nation,gender"])
def test_a_pairs_file_takes_a_combination(write, group):
    path = write(defect_file(), "defects.jsonl")
    mapping = NAMES if group.startswith("country") else {k: v for k, v in NAMES.items() if k != "country"}
    found = communities(load_grouped_pairs(path, mapping=mapping, group=group, least_users=3))
    assert set(found) == {f"{name} / female" for name in ("Chile", "New Zealand", "South Africa")} | {
        "Mexico / female" if group.startswith("country") else "MEX / female"
    }


def test_a_facet_that_differs_within_a_person_is_grouped_by_pair(write):
    rows = [
        {"prompt": f"p{i}", "chosen": f"a{i}", "rejected": f"b{i}", "user_id": f"u{i // 2}", "country": "CHL",
         "topic": ("work", "home")[i % 2]}
        for i in range(8)
    ]  # fmt: skip
    after = load_grouped_pairs(write(rows), mapping={}, group="country,topic", least_users=4)
    assert communities(after) == {"Chile / home": 4, "Chile / work": 4}
    assert set(after.users["country"]) == {"Chile / home"}


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ('"age, years"', {"18 to 30", "31, or more"}),
        ('country,"age, years"', {"Chile / 18 to 30", "Chile / 31, or more"}),
    ],
)
def test_a_column_with_a_comma_is_named_in_double_quotes(write, group, expected):
    rows = [
        {"prompt": f"p{i}", "chosen": "a", "rejected": "b", "user_id": f"u{i}", "country": "CHL",
         "age, years": ("18 to 30", "31, or more")[i % 2]}
        for i in range(8)
    ]  # fmt: skip
    assert set(communities(load_grouped_pairs(write(rows), mapping={}, group=group, least_users=2))) == expected


def test_an_unknown_group_shows_how_the_columns_are_written(write):
    path = write([{"prompt": "p", "chosen": "a", "rejected": "b", "age, years": "31"}])
    with pytest.raises(InputError, match=r"no column 'age'.*rejected, \"age, years\""):
        load_grouped_pairs(path, mapping={}, group="age", least_users=2)
