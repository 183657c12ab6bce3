"""Survey answers from an invented file to the closeness of models: the whole way, through the command line."""

import shutil

import numpy as np
import pytest
from world import N_QUESTIONS, write_survey

from scpo.config import ObjectiveConfig, TrainingConfig
from scpo.errors import InputError
from scpo.results.survey import load_surveyed
from scpo.settings import Settings
from scpo.store.cache import Store
from scpo.store.datasets import load_dataset
from scpo.store.models import run_model_key
from scpo.store.runs import RunDirectory
from scpo.store.scores import find_scores
from scpo.work.context import Work
from scpo.work.prepare import prepare
from scpo.work.requests import RunRequest, ScoreRequest
from scpo.work.run import run_one
from scpo.work.score import identify_model

ESTIMATE = {"value", "low", "high", "level", "n_pairs", "n_users", "n_questions"}
TRAINING = ("--steps", "3", "--lr", "1e-3", "--batch-pairs", "8")


@pytest.fixture(scope="module")
def root(world, tmp_path_factory):
    """Copy the small cache, so that other tests do not meet the survey."""
    root = tmp_path_factory.mktemp("survey")
    shutil.copytree(world.store.root, root / "cache")
    write_survey(root / "survey.csv")
    return root


@pytest.fixture
def cache_root(root):
    """The cache with the survey."""
    return root / "cache"


def run_of(root, data, country):
    """Finetune for a country on a data set; asked twice, it is done once."""
    store = Store(root / "cache")
    settings = Settings(cache_dir=root / "cache", device="cpu", offline=True)
    training = TrainingConfig(steps=3, learning_rate=1e-3, batch_pairs=8)
    objective = ObjectiveConfig(method="full")
    request = RunRequest(data=data, model="rm", country=country, objective=objective, training=training)
    record = run_one(Work(store, settings), request)
    assert record.status == "succeeded"
    return record.run_id


@pytest.fixture(scope="module")
def surveyed(root):
    """Add the survey, score it with the global model, and finetune on pairs of people and on the survey."""
    from scpo.work.register import add_dataset

    store = Store(root / "cache")
    settings = Settings(cache_dir=root / "cache", device="cpu", offline=True)
    info = add_dataset(store, "survey", source="global-opinions", path=root / "survey.csv", settings=settings)
    request = ScoreRequest(data="survey", model="rm")
    prepare(Work(store, settings), request)
    return store, info, run_of(root, "small", "CHL"), run_of(root, "survey", "NZL")


def test_a_survey_becomes_a_data_set_with_pairs_and_answers(document, root, surveyed):
    found = document("data", "add", "survey", "--source", "global-opinions", "--path", root / "survey.csv")
    assert found == document("data", "show", "survey")
    assert found["source"] == "global-opinions" and found["licence"] == "CC-BY-NC-SA-4.0"
    assert found["counts"]["users"] == N_QUESTIONS and found["counts"]["utterances"] == 5 * N_QUESTIONS
    assert found["counts"]["opinions"] == 5 * (3 * 20 + 4)
    assert found["users_per_country"] == {"CHL": 20, "NZL": 20, "PER": 4, "ZAF": 20}
    assert found["pairs_per_country"] == {"CHL": 120, "NZL": 120, "PER": 24, "ZAF": 120}
    assert found["report"]["dropped"]["survey.csv: country distributions"] == {
        "non-national sample: a few cities or regions": [2, 3, 4, 5]
    }


def test_adding_says_which_names_were_resolved_and_what_is_left_out(scpo, root, surveyed):
    code, out, err = scpo("data", "add", "survey", "--source", "global-opinions", "--path", root / "survey.csv")
    assert code == 0 and "New Zealand" not in err and "NZL" in out
    assert "S. Africa is ZAF (20)" in err and "S. Africa (Non-national sample) (4)" in err
    assert "each question counts as one user" in " ".join(err.split())


def test_data_check_counts_the_pairs_and_stores_nothing(document, root, tmp_path, surveyed):
    path = write_survey(tmp_path / "other.csv")
    before = Store(root / "cache").names("datasets")
    found = document("data", "check", path, "--source", "global-opinions")
    assert found["pairs"] == 384 and found["pairs_per_country"]["PER"] == 24
    assert Store(root / "cache").names("datasets") == before


def test_no_question_trains_and_tests(surveyed):
    pairs = load_dataset(surveyed[0], "survey").pairs
    assert (pairs.groupby("interaction_id")["split"].nunique() == 1).all()
    assert set(pairs.loc[pairs["country"] == "PER", "split"]) == {"train", "test"}


def test_a_study_and_the_frontier_work_on_a_survey(document, surveyed):
    found = document(
        "study", "--data", "survey", "--model", "rm", "--name", "on-survey", "--countries", "CHL", "--methods", "full",
        "--seeds", "0", "--here", *TRAINING,
    )  # fmt: skip
    (point,) = document("frontier", "--data", "survey", "--model", "rm", "--study", "on-survey")["points"]
    assert point["run"] == found["runs"][0] and point["country"] == "CHL"
    assert point["all_country"]["n_users"] == 5  # a quarter of 20 questions
    assert document("run", "--data", "survey", "--model", "rm", "--country", "CHL", "--method", "full", *TRAINING)


def jensen_shannon(p, q):
    """By entropies, and not by relative entropies as in the engine."""

    def bits(share):
        return -sum(x * np.log2(x) for x in share if x > 0)

    return np.sqrt(bits((p + q) / 2) - (bits(p) + bits(q)) / 2)


def closeness_by_hand(store, reward, country, temperature, questions=None):
    """Mean closeness from the tables themselves, question by question."""
    survey = load_surveyed(store, "survey")
    utterances = load_dataset(store, "survey").utterances
    reward_of = dict(zip(utterances["utterance_id"], reward, strict=True))
    found = []
    answers = survey.opinions[(survey.opinions["country"] == country) & survey.opinions["is_answer"]]
    for question, rows in answers.groupby("question_id"):
        if questions is not None and question not in questions:
            continue
        weight = np.array([np.exp(reward_of[f"{question}:{i}"] / temperature) for i in rows["option_index"]])
        share = rows["share"].to_numpy()
        found.append(1 - jensen_shannon(weight / weight.sum(), share / share.sum()))
    return np.mean(found), len(found)


def rows_of(found, run, country):
    (row,) = [row for row in found["rows"] if row["run"] == run and row["tested_on"] == country]
    return row


def test_a_run_on_other_data_is_compared_on_all_questions(document, surveyed):
    store, _, foreign, _ = surveyed
    document("score", "--data", "survey", "--model", f"run:{foreign}")
    asked = ["opinions", "--data", "survey", "--model", "rm", "--countries", "CHL,NZL", "--temperature", "0.2"]
    found = document(*asked)
    assert found["temperature"] == 0.2 and found["countries"] == ["CHL", "NZL"] and found["noise_floor"] is None
    of_global = find_scores(store, load_dataset(store, "survey").info, "rm").reward
    of_run = find_scores(store, load_dataset(store, "survey").info, f"run:{foreign}").reward
    assert not np.allclose(of_global, of_run)
    for country in ("CHL", "NZL"):
        row = rows_of(found, foreign, country)
        own, n = closeness_by_hand(store, of_run, country, 0.2)
        base, _ = closeness_by_hand(store, of_global, country, 0.2)
        assert row["trained_on"] == "small" and not row["test_questions_only"] and n == 20
        assert set(row["closeness"]) == ESTIMATE and row["closeness"]["n_questions"] == 20
        assert row["closeness"]["value"] == pytest.approx(own, abs=1e-6)
        assert row["global"]["value"] == pytest.approx(base, abs=1e-6)
        assert row["difference"]["value"] == pytest.approx(own - base, abs=1e-6)
        assert row["difference"]["low"] <= row["difference"]["value"] <= row["difference"]["high"]
        assert 0 <= row["difference"]["p"] <= row["holm_p"] <= 1
    untouched = [row for row in found["rows"] if row["method"] == "global"]
    assert [row["difference"]["value"] for row in untouched] == [None, None]
    assert [row["method"] for row in found["rows"][:2]] == ["uniform"] * 2


def test_a_run_on_the_survey_is_compared_on_its_test_questions_alone(document, surveyed):
    store, _, _, own = surveyed
    dataset = load_dataset(store, "survey")
    tests = set(dataset.users.loc[dataset.users["split"] == "test", "user_id"])
    found = document("opinions", "--data", "survey", "--model", "rm", "--countries", "NZL")
    row = rows_of(found, own, "NZL")
    reward = RunDirectory(store, own).rewards(len(dataset.utterances))
    by_hand, n = closeness_by_hand(store, reward, "NZL", 1.0, tests)
    assert row["test_questions_only"] and row["trained_on"] == "survey" and n == row["closeness"]["n_questions"] == 5
    assert row["closeness"]["value"] == pytest.approx(by_hand, abs=1e-6)
    assert row["global"]["n_questions"] == n  # paired: the global model on the same questions
    document("score", "--data", "survey", "--model", f"run:{own}")
    again = rows_of(document("opinions", "--data", "survey", "--model", "rm", "--countries", "NZL"), own, "NZL")
    assert again["closeness"]["value"] == pytest.approx(by_hand, abs=1e-5)  # the saved model gives the run's rewards


def test_a_global_model_that_was_trained_on_the_survey_is_judged_on_test_questions_alone(document, surveyed):
    document(
        "model", "train-global", "--data", "survey", "--name", "seen", "--backbone", "tiny", "--steps", "2",
    )  # fmt: skip
    document("score", "--data", "survey", "--model", "seen")
    found = document("opinions", "--data", "survey", "--model", "seen", "--countries", "NZL")
    (row,) = [row for row in found["rows"] if row["method"] == "global"]
    assert row["test_questions_only"] and row["closeness"]["n_questions"] == 5


def test_runs_that_have_not_scored_are_named_and_scored_on_request(document, scpo, root, surveyed):
    fresh = run_of(root, "small", "NZL")
    asked = ["opinions", "--data", "survey", "--model", "rm"]
    assert fresh in document(*asked)["not_scored"]
    assert "have not scored the options" in scpo(*asked)[2]
    found = document(*asked, "--score")
    assert found["not_scored"] == [] and rows_of(found, fresh, "NZL")["closeness"]["value"] is not None


def test_without_countries_models_are_compared_with_those_the_runs_were_trained_for(document, surveyed):
    assert document("opinions", "--data", "survey", "--model", "rm")["countries"] == ["CHL", "NZL"]


def test_a_high_temperature_makes_every_model_uniform(document, surveyed):
    found = document("opinions", "--data", "survey", "--model", "rm", "--temperature", "1e6", "--countries", "CHL")
    uniform, untouched = found["rows"][0], found["rows"][1]
    assert (uniform["method"], untouched["method"]) == ("uniform", "global")
    assert uniform["closeness"]["value"] == pytest.approx(untouched["closeness"]["value"], abs=1e-6)
    assert uniform["from_uniform"]["value"] == 0 and untouched["from_uniform"]["value"] < 1e-5
    sharp = document("opinions", "--data", "survey", "--model", "rm", "--temperature", "1e-6", "--countries", "CHL")
    certain_of_four = jensen_shannon(np.array([1, 0, 0, 0]), np.full(4, 0.25))
    assert sharp["rows"][1]["from_uniform"]["value"] == pytest.approx(certain_of_four, abs=1e-3)


def test_the_couple_that_differs_most_comes_first(document, surveyed):
    found = document("opinions", "--data", "survey")
    assert found["most_different"] == found["couples"][0] and len(found["couples"]) == 3
    assert {found["couples"][-1]["first"], found["couples"][-1]["second"]} == {"CHL", "ZAF"}
    assert found["couples_left_out"] == 3 and found["least_shared_questions"] == 10  # Peru shares none
    first = found["couples"][0]["distance"]
    assert set(first) == ESTIMATE and first["n_questions"] == 20 and first["low"] < first["value"] < first["high"]
    assert "how many people answered" in found["noise_floor_note"]
    only = document("opinions", "--data", "survey", "--countries", "CHL,South Africa")
    assert [(c["first"], c["second"]) for c in only["couples"]] == [("CHL", "ZAF")]


def test_the_questions_that_divide_a_couple_are_shown_with_both_answers(document, scpo, surveyed):
    found = document("opinions", "--data", "survey", "--couple", "CHL,New Zealand")
    distances = [question["distance"] for question in found["questions"]]
    assert distances == sorted(distances, reverse=True) and len(distances) == 20
    assert found["distance"]["value"] == pytest.approx(np.mean(distances))
    for question in found["questions"]:
        first = np.array([answer["CHL"] for answer in question["answers"]])
        second = np.array([answer["NZL"] for answer in question["answers"]])
        assert first.sum() == pytest.approx(1) and len(first) == 4
        assert question["distance"] == pytest.approx(jensen_shannon(first, second))
    code, out, _ = scpo("opinions", "--data", "survey", "--couple", "CHL,NZL", "--top", "2")
    assert code == 0 and len(out.splitlines()) == 3 and found["questions"][0]["question"] in out


def test_non_answers_count_as_options_on_request(document, surveyed):
    without, counted = (
        document("opinions", "--data", "survey", "--couple", "CHL,NZL", *more) for more in ([], ["--non-answers"])
    )
    assert len(counted["questions"][0]["answers"]) == 5 and counted["non_answers"] == "counted as options"
    assert counted["distance"]["value"] < without["distance"]["value"]  # the same tenth refuses everywhere


def test_tables_are_printed_for_people(scpo, surveyed):
    code, out, err = scpo("opinions", "--data", "survey")
    assert code == 0 and "mean distance" in out and "95% intervals over questions" in err
    code, out, err = scpo("opinions", "--data", "survey", "--model", "rm")
    assert code == 0 and "uniform" in out and "temperature 1" in err and "no noise floor" in err


def test_a_run_is_a_model_under_its_name(surveyed):
    store, _, foreign, _ = surveyed
    settings = Settings(cache_dir=store.root, device="cpu", offline=True)
    identity = identify_model(store, f"run:{foreign}", settings)
    assert (identity.name, identity.key) == (f"run:{foreign}", run_model_key(foreign))
    directory = RunDirectory(store, foreign)
    directory.update(status="running")
    try:
        with pytest.raises(InputError, match="has no model yet: its status is running"):
            identify_model(store, f"run:{foreign}", settings)
    finally:
        directory.update(status="succeeded")


BAD_INPUT = {
    "data add x --source global-opinions --path {folder}/absent.csv": "there is no file",
    "data add x --source global-opinions --path {file} --group source": "leave out --group",
    "score --data survey --model run:nope": "there is no run nope",
    "opinions --data nope": "no data set named nope",
    "opinions --data small": "small holds no survey answers",
    "opinions --data survey --model other": "`scpo score --data survey --model other` makes them",
    "opinions --data survey --model rm --temperature 0": "'--temperature': Input should be greater than 0",
    "opinions --data survey --model rm --countries AUS": "survey has no answers from AUS: it has CHL, NZL, PER, ZAF",
    "opinions --data survey --model rm --study nope": "no study named nope",
    "opinions --data survey --countries AUS,CHL": "survey has no answers from AUS",
    "opinions --data survey --countries CHL": "a distance needs two countries",
    "opinions --data survey --countries Narnia,CHL": "Narnia",
    "opinions --data survey --couple CHL": "must name two countries",
    "opinions --data survey --couple CHL,Chile": "two different countries",
    "opinions --data survey --couple CHL,AUS": "no answers from AUS",
    "opinions --data survey --couple CHL,NZL --model rm": "leave out --model and --countries",
    "opinions --data survey --temperature 2": "name the global model with --model",
    "opinions --data survey --level 95": "level",
}


@pytest.mark.parametrize("command", BAD_INPUT)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(scpo, root, surveyed, command):
    code, out, err = scpo(*command.format(folder=root, file=root / "survey.csv").split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scpo: ") and BAD_INPUT[command] in err


def test_read_only_nothing_is_scored(scpo, monkeypatch, surveyed):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    code, _, err = scpo("opinions", "--data", "survey", "--model", "rm", "--score")
    assert code == 2 and "SCPO_READ_ONLY is set" in err
    assert scpo("opinions", "--data", "survey", "--model", "rm")[0] == 0
