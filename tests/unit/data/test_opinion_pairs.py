"""Answer shares as preferences: the pairs, their margins, and the question as the unit, counted by eye."""

import csv

import pytest

from scpo.config import SplitConfig
from scpo.data.sources.global_opinions.pairs import load_opinion_tables
from scpo.data.splits import assign_split
from scpo.data.tables import OPINIONS, PAIRS, USERS, UTTERANCES, validate

YES_NO = ["Yes", "No", "DK/Refused"]


@pytest.fixture
def load(tmp_path):
    def load(*rows):
        path = tmp_path / "answers.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["question", "selections", "options", "source"])
            writer.writerows([[q, f"defaultdict(<class 'list'>, {s!r})", repr(o), ""] for q, s, o in rows])
        return load_opinion_tables(path)

    return load


def preferences(tables):
    """Country, prompt, chosen and rejected text and margin of each pair."""
    response = tables.utterances["response"].to_numpy()
    prompt = tables.utterances["prompt"].to_numpy()
    return sorted(
        (pair.country, prompt[pair.chosen], response[pair.chosen], response[pair.rejected], round(pair.margin, 6))
        for pair in tables.pairs.itertuples()
    )


def test_the_larger_share_is_preferred_in_each_country_and_non_answers_are_in_no_pair(load):
    tables = load(
        ["Tea?", {"Chile": [0.2, 0.3, 0.5], "S. Africa": [0.7, 0.1, 0.2]}, YES_NO],
        ["When?", {"Chile": [0.5, 0.3, 0.2]}, ["Now", "Later", "Never"]],
    )
    assert preferences(tables) == [
        ("CHL", "Tea?", "No", "Yes", 0.1),
        ("CHL", "When?", "Later", "Never", 0.1),
        ("CHL", "When?", "Now", "Later", 0.2),
        ("CHL", "When?", "Now", "Never", 0.3),
        ("ZAF", "Tea?", "Yes", "No", 0.6),
    ]
    assert tables.report.pairs == 5 and tables.report.ties == 0


def test_each_option_is_one_response_also_non_answers(load):
    tables = load(["Tea?", {"Chile": [0.2, 0.3, 0.5], "Peru": [0.7, 0.1, 0.2]}, YES_NO])
    assert tables.utterances[["prompt", "response"]].to_numpy().tolist() == [["Tea?", option] for option in YES_NO]
    assert tables.utterances["utterance_id"].str.rsplit(":").str[1].tolist() == ["0", "1", "2"]


def test_equal_shares_make_no_pair_and_are_counted(load):
    # 0.1 + 0.2 is not 0.3 in floating point, but it is the same share
    tables = load(["When?", {"Chile": [0.1 + 0.2, 0.3, 0.4], "Peru": [0.0, 0.0, 1.0]}, ["Now", "Later", "Never"]])
    assert tables.report.ties == 2 and tables.report.pairs == 4
    assert (tables.pairs["margin"] > 0.05).all()


def test_an_option_that_is_offered_twice_makes_no_pair_with_itself(load):
    tables = load(["When?", {"Chile": [0.2, 0.3, 0.5]}, ["Now", "Now", "Never"]])
    assert tables.report.identical_texts == 1 and tables.report.pairs == 2


def test_the_tables_are_those_of_the_data_dictionary(load):
    tables = load(
        ["Tea?", {"Chile": [0.2, 0.3, 0.5]}, YES_NO],
        ["Milk?", {"Chile": [0.2, 0.3, 0.5], "Peru": [0.6, 0.3, 0.1]}, YES_NO],
    )
    for table, schema in (("utterances", UTTERANCES), ("pairs", PAIRS), ("opinions", OPINIONS)):
        assert len(validate(getattr(tables, table), schema, table))
    validate(assign_split(tables.users, SplitConfig()), USERS, "users")


def test_the_question_is_the_user_in_all_countries_so_it_never_trains_and_tests(load):
    tables = load(*([f"Q{i}?", {"Chile": [0.2, 0.8], "Peru": [0.6, 0.4]}, ["Yes", "No"]] for i in range(20)))
    assert len(tables.users) == 20 and tables.pairs["user_id"].nunique() == 20
    split = assign_split(tables.users, SplitConfig(test_fraction=0.25)).set_index("user_id")["split"]
    pairs = tables.pairs.assign(split=tables.pairs["user_id"].map(split))
    assert (pairs.groupby("interaction_id")["split"].nunique() == 1).all()
    assert pairs.groupby("country")["user_id"].nunique().to_dict() == {"CHL": 20, "PER": 20}


def test_a_rare_country_has_test_questions_too(load):
    rows = [[f"Q{i}?", {"Chile": [0.2, 0.8]}, ["Yes", "No"]] for i in range(60)]
    rows += [[f"R{i}?", {"Chile": [0.2, 0.8], "Peru": [0.6, 0.4]}, ["Yes", "No"]] for i in range(4)]
    tables = load(*rows)
    assert tables.users["country"].value_counts().to_dict() == {"CHL": 60, "PER": 4}
    for seed in range(10):
        users = assign_split(tables.users, SplitConfig(test_fraction=0.25, seed=seed))
        assert (users.loc[users["country"] == "PER", "split"] == "test").sum() == 1


def test_the_report_names_what_was_resolved_left_out_and_counted(load):
    tables = load(
        ["Tea?", {"Chile": [0.2, 0.8], "S. Africa": [0.5, 0.5], "S. Africa (Non-national sample)": [0.1, 0.9]},
         ["Yes", "No"]],
        ["Milk?", {"India (Old national sample)": [0.2, 0.8], "India (Current national sample)": [0.4, 0.6]},
         ["Yes", "No"]],
    )  # fmt: skip
    notes = " ".join(tables.report.notes)
    assert "India (Current national sample) is IND (1), S. Africa is ZAF (1)" in notes and "Chile is" not in notes
    assert "India (Old national sample) (1), S. Africa (Non-national sample) (1)" in notes
    assert "2 questions of 3 countries, 1 of them answered by one country alone; 2 pairs, 1 couple of" in notes
    assert "each question counts as one user" in notes and "how many people answered" in notes


def test_a_country_with_ties_alone_has_answers_and_no_pairs(load):
    tables = load(["Tea?", {"Chile": [0.2, 0.8], "Peru": [0.5, 0.5]}, ["Yes", "No"]])
    assert set(tables.pairs["country"]) == {"CHL"} and set(tables.opinions["country"]) == {"CHL", "PER"}
