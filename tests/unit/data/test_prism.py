import json

import pandas as pd
import pytest

from scpo.config import SplitConfig
from scpo.data.sources import SOURCES
from scpo.data.sources.prism.layout import MODELS
from scpo.data.sources.prism.load import load_prism
from scpo.data.splits import assign_split
from scpo.data.tables import PAIRS, USERS, UTTERANCES, validate
from scpo.errors import DataError, InputError

PUBLISHED = SOURCES["prism"].published


def test_the_invented_rows_load_as_one_counts_them_by_eye(invented):
    tables = load_prism(invented)
    users, utterances, pairs = tables.users, tables.utterances, tables.pairs
    validate(assign_split(users, SplitConfig()), USERS, "users")
    validate(utterances, UTTERANCES, "utterances")
    validate(pairs, PAIRS, "pairs")
    assert users["user_id"].tolist() == ["user9001", "user9002", "user9003"]
    assert users["country"].tolist() == ["ZAF", None, "KOR"]
    assert utterances["utterance_id"].tolist() == ["ut90001", "ut90002", "ut90005"]
    assert utterances["interaction_id"].nunique() == 2
    assert (pairs["chosen"].tolist(), pairs["rejected"].tolist(), pairs["margin"].tolist()) == ([1], [0], [17.0])
    assert pairs[["country", "conversation_type"]].to_numpy().tolist() == [["ZAF", "unguided"]]
    assert tables.report.single_responses == 1
    assert tables.report.files == tables.report.kept == {"survey.jsonl": 3, "utterances.jsonl": 3, "metadata.jsonl": 3}


def test_survey_answers_become_facets_of_the_person(invented):
    users = load_prism(invented).users
    assert users["gender"].tolist() == ["Female", "Male", "Non-binary / third gender"]
    assert users["birth_country"].tolist() == ["LSO", None, "KOR"]
    assert users["religion"].tolist() == ["Christian", "Prefer not to say", "Agnostic"]
    assert users["ethnicity_simplified"].tolist() == ["Black", "Prefer not to say", "Asian"]
    assert users["lm_frequency_use"].tolist() == ["Every week", None, "Once per month"]
    assert users["age"].tolist() == ["35-44 years old", "65+ years old", "18-24 years old"]


def test_not_chosen_not_asked_and_absent_are_three_different_things(prism_folder, survey_rows, changed):
    users = load_prism(prism_folder()).users
    assert users["lm_usecase_research"].tolist() == ["Yes", None, "No"]
    del survey_rows[0]["lm_usecases"]["research"]
    with pytest.raises(DataError, match=r"survey\.jsonl, line 1: the key 'research' is missing in lm_usecases"):
        load_prism(prism_folder(survey=survey_rows))


def test_a_bare_nan_is_null(prism_folder, survey_rows):
    with_nan = "".join(json.dumps(row).replace("null", "NaN") + "\n" for row in survey_rows)
    assert "NaN" in with_nan
    with_null = load_prism(prism_folder()).users
    pd.testing.assert_frame_equal(load_prism(prism_folder(survey=with_nan)).users, with_null)


@pytest.mark.parametrize(
    ("path", "value"),
    [(("age",), "17 years old"), (("gender",), None), (("gender",), "male"), (("education",), "PhD"),
     (("religion", "categorised"), "Jedi"), (("ethnicity", "simplified"), "Blue"),
     (("location", "special_region"), "Mars"),
     (("location", "reside_countryISO"), "XYZ"), (("location", "reside_country"), "Atlantis"),
     (("location", "reside_country"), "Chile"), (("lm_usecases", "research"), 2), (("stated_prefs", "values"), 101),
     (("user_id",), ""), (("mood",), "new key"), (("location", "planet"), "new key")],
)  # fmt: skip
def test_what_the_survey_format_does_not_know_raises_with_the_value_and_line(
    prism_folder, survey_rows, changed, path, value
):
    with pytest.raises(DataError, match=r"survey\.jsonl, line 1: ") as caught:
        load_prism(prism_folder(survey=changed(survey_rows, 0, *path, value=value)))
    assert repr(path[-1] if value == "new key" else value) in str(caught.value)


@pytest.mark.parametrize(
    ("field", "value"),
    [("model_name", "gpt-5"), ("model_provider", "cohere"), ("conversation_type", "guided"),
     ("score", 0), ("score", 101),
     ("score", None), ("score", 50.5), ("turn", -1), ("if_chosen", "yes"), ("user_id", "user9999"),
     ("user_prompt", None), ("extra", "new key")],
)  # fmt: skip
def test_what_the_utterance_format_does_not_know_raises_with_the_value_and_line(
    prism_folder, utterance_rows, changed, field, value
):
    with pytest.raises(DataError, match=r"utterances\.jsonl, line 1: ") as caught:
        load_prism(prism_folder(utterances=changed(utterance_rows, 0, field, value=value)))
    assert repr(field if value == "new key" else value) in str(caught.value)


def test_an_interaction_has_one_prompt(prism_folder, utterance_rows, changed):
    with pytest.raises(DataError, match="interaction 'int9001' has two"):
        load_prism(prism_folder(utterances=changed(utterance_rows, 1, "user_prompt", value="INVENTED: other")))


@pytest.mark.parametrize("file", ["survey", "utterances"])
def test_a_repeated_id_raises(prism_folder, survey_rows, utterance_rows, file):
    rows = {"survey": survey_rows, "utterances": utterance_rows}[file]
    with pytest.raises(DataError, match=rf"{file}\.jsonl, line 4: .* occurs twice"):
        load_prism(prism_folder(**{file: [*rows, rows[0]]}))


def test_a_cut_file_raises_instead_of_losing_its_last_row(prism_folder, utterance_rows):
    text = "".join(json.dumps(row) + "\n" for row in utterance_rows)[:-100]
    with pytest.raises(DataError, match=r"utterances\.jsonl, line 3: invalid JSON"):
        load_prism(prism_folder(utterances=text))


def test_the_invented_conversations_give_nine_pairs_and_two_ties(prism_folder, conversation_utterances):
    tables = load_prism(prism_folder(utterances=conversation_utterances, metadata=None))
    report = tables.report
    assert (report.pairs, report.ties, report.identical_texts, report.single_responses) == (9, 2, 0, 0)
    assert report.empty_responses == 1
    assert tables.pairs["interaction_id"].value_counts(sort=False).tolist() == [5, 1, 1, 1, 1]
    assert tables.pairs["country"].fillna("none").value_counts().to_dict() == {"ZAF": 7, "none": 2}
    assert tables.utterances["is_partner"].sum() == 7
    text = tables.utterances["response"].to_numpy()
    assert text[tables.pairs["chosen"].iloc[-1]] == "INVENTED: neither."


def test_users_without_conversations_stay_in_the_survey_and_out_of_the_pairs(prism_folder, conversation_utterances):
    tables = load_prism(prism_folder(utterances=conversation_utterances))
    assert "user9003" in set(tables.users["user_id"])
    assert "user9003" not in set(tables.pairs["user_id"])
    assert any("1 of 3 survey participants rated no response" in note for note in tables.report.notes)


def test_a_response_is_flagged_by_its_own_row_or_by_its_prompts(prism_folder, invented, changed):
    rows = [json.loads(line) for line in (invented / "metadata.jsonl").read_text().splitlines()]
    assert load_prism(prism_folder()).utterances["flagged"].tolist() == [True, False, pd.NA]
    by_prompt = changed(rows, 0, "moderation_flag", "flagged", value=True)
    assert load_prism(prism_folder(metadata=by_prompt)).utterances["flagged"].tolist() == [True, True, pd.NA]


def test_without_metadata_nothing_is_known_to_be_flagged_and_the_report_says_so(prism_folder):
    tables = load_prism(prism_folder(metadata=None))
    assert tables.utterances["flagged"].isna().all()
    assert any("metadata.jsonl" in note for note in tables.report.notes)


def test_metadata_of_a_text_that_is_not_there_is_dropped_and_counted(prism_folder, invented, changed):
    rows = [json.loads(line) for line in (invented / "metadata.jsonl").read_text().splitlines()]
    report = load_prism(prism_folder(metadata=changed(rows, 1, "utterance_id", value="ut99999"))).report
    assert report.dropped["metadata.jsonl"] == {"its text is not in utterances.jsonl": [2]}
    assert report.kept["metadata.jsonl"] == 2


def test_an_unknown_column_id_raises(prism_folder, invented, changed):
    rows = [json.loads(line) for line in (invented / "metadata.jsonl").read_text().splitlines()]
    with pytest.raises(DataError, match=r"metadata\.jsonl, line 3: column_id holds 'poem'"):
        load_prism(prism_folder(metadata=changed(rows, 2, "column_id", value="poem")))


def test_there_are_21_models_of_six_providers():
    assert len(MODELS) == len({short for short, _ in MODELS.values()}) == 21
    assert len({provider for _, provider in MODELS.values()}) == 6


@pytest.mark.parametrize("missing", ["survey", "utterances"])
def test_a_missing_file_is_an_input_error(prism_folder, missing):
    with pytest.raises(InputError, match=rf"{missing}\.jsonl"):
        load_prism(prism_folder(**{missing: None}))


def test_offline_and_not_cached_says_how_to_go_on(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(InputError, match=r"work offline.*--path") as caught:
        PUBLISHED.fetch(offline=True, token=None)
    assert PUBLISHED.revision[:12] in str(caught.value)
