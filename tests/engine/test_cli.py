"""The command line as scripts see it: exit codes, one line on stderr, one JSON document on stdout."""

import json
import os
import subprocess
import sys

import pytest

from scpo.store.runs import RunDirectory

ESTIMATE = {"value", "low", "high", "level", "n_pairs", "n_users"}
POINT = {
    "run", "study", "country", "method", "tau", "beta", "seed", "n_train", "n_kept", "all_country", "true_country",
    "others", "preview", "on_frontier",
}  # fmt: skip
TRAINING = ("--steps", "3", "--lr", "1e-3", "--batch-pairs", "8")


@pytest.fixture
def studied(document):
    """Two countries, two methods, one seed; computed by the first test that asks."""
    return document(
        "study", "--data", "small", "--model", "rm", "--name", "two", "--countries", "Chile,NZL", "--methods",
        "full,scpo", "--tau", "0.9", "--seeds", "0", "--here", *TRAINING,
    )  # fmt: skip


BAD_INPUT = {
    "data show nope": "no data set named nope",
    "data check {folder}/absent.csv --source pairs": "there is no file",
    "data check {file} --source foo": "no source 'foo': known are prism, global-opinions, pairs, responses",
    "data check {file} --source pairs --map prompt": "canonical=column",
    "data add a/b --source pairs --path {file}": "is no name",
    "data add x --source pairs": "needs --path",
    "data add x --source sample-opinions --choice-weight per-choice": "holds no choices of persons: leave out",
    "data add x --source pairs --path {file} --choice-weight half": "known are per-pair and per-choice",
    "data add x --source pairs --path hub:x": "names no data set on the hub",
    "data add x --source pairs --path {file} --split other": "'reference', 'stratified' or 'prompts'",
    "data add x --source pairs --path {file} --test-fraction 2": "less than 1",
    "data add small --source pairs --path {other}": "small exists already",
    "model show nope": "no model 'nope'",
    "model train-global --data small --name x --backbone /absent --steps 2": "no folder /absent with a model",
    "model train-global --data small --name x --backbone tiny --steps 2 --epochs 1": "--steps and --epochs",
    "model train-global --data small --name x --backbone tiny --steps 0": "steps",
    "model train-global --data small --name x --backbone tiny --steps 2 --exclude-countries Narnia": "Narnia",
    "score --data nope --model rm": "no data set named nope",
    "score --data small --model /absent": "no model '/absent'",
    "run --data small --model rm --country AUS --method full --steps 2": "no pairs from AUS",
    "run --data small --model rm --country Narnia --method full --steps 2": "Narnia",
    "run --data small --model rm --country CHL,NZL --method full --steps 2": "must name one community",
    "run --data small --model rm --country CHL --method dpo --steps 2": "no method 'dpo'",
    "run --data small --model rm --country CHL --method scpo --tau 3 --steps 2": "tau",
    "run --data small --model rm --country CHL --method full --steps 2 --epochs 1": "--steps and --epochs",
    "study --data small --model rm --preset other": "no preset other",
    "study --data small --model mr --steps 2": "no model 'mr': give a registered name",
    "study --data small --model run:nope --steps 2": "no run nope",
    "study --data llams --model rm --steps 2": "no data set named llams",
    "study --data small --model rm --config {folder}/absent.toml": "there is no file",
    "study --data small --model rm --config {file}": "is no TOML file",
    "study --data small --model rm --config {study} --seeds 0": "--config says what is run",
    "study --data small --model rm --config {broken}": "broken.toml: taus",
    "study --data small --model rm --seeds 0.5 --steps 2": "no list of whole numbers",
    "study --data small --model rm --tau x --steps 2": "no list of numbers",
    "study --data small --model rm --name a/b --steps 2": "is no name",
    f"study --data small --model rm --name {'x' * 300} --steps 2": "is no name",
    "data add <b>x --source pairs --path {file}": "is no name",
    "data regroup small a/b --group circle": "is no name",
    "model train-global --data small --name ../../x --backbone tiny --steps 2": "'../../x' is no name",
    "model train-global --data small --name openassistant-deberta-v3-base --backbone tiny --steps 2": "is the name of "
    "a registered model: choose another",
    "score --data ../../x --model rm": "'../../x' is no name",
    "run --data small --model rm --country CHL --steps 1 --device banana": "there is no device banana",
    "run --data small --model rm --country CHL --steps 1 --beta inf": "beta: Input should be a finite number",
    "run --data small --model rm --country CHL --steps 1 --lr inf": "learning_rate: Input should be",
    "frontier --data small --model rm --eps nan": "'--eps': Input should be a finite number, and not nan",
    "runs --study nope": "no study named nope",
    "report --study nope -o {folder}/x.zip": "no study named nope",
    "report --study nope -o {folder}/x.doc": "no format 'doc'",
    "report --study nope -o {folder}": "no format",
    "report --study nope -o {folder}/absent/x.zip": "there is no folder",
    "rerun {folder}/absent.zip": "there is no file",
    "rerun {file}": "is no report of",
    "show nope": "there is no run nope",
    "compare nope nope": "there is no run nope",
    "compare full nope --data small --model rm": "nothing to compare is called 'nope': there are global, full|-|-",
    "compare full --data small --model rm": "2 to 4 runs, settings or models",
    "frontier --data small --model other": "`scpo score --data small --model other` makes them",
    "frontier --data small --model rm --rule best": "no rule 'best': known are max_all_country",
    "frontier --data small --model rm --countries AUS": "no pairs from AUS",
    "frontier --data small --model rm --level 95": "level",
    "frontier --data small --model rm --study nope": "no study named nope",
    "preview --data small --model rm --methods best": "no method 'best'",
    "preview --data small --model rm --rule best": "no rule 'best'",
    "run --data small --model rm --country CHL --steps 1 --queue --device cuda:9": "there is no device cuda:9",
    "bench speed": "there is no bench speed",
    "bias --data small --model other": "`scpo score",
    "behaviour --model rm": "--data NAME, or --candidates FILE",
    "behaviour --data small --model rm --candidates {file}": "leave out --data",
    "behaviour --data small --model rm --best-of 2": "--best-of is for --candidates",
    "behaviour --model rm --candidates {file}": "line 1: ",
    "behaviour --data small --model rm --countries AUS": "no pairs from AUS",
    "behaviour --data small --model rm --run nope": "`scpo runs` lists them",
    "behaviour --data small --model rm --setting scpo,0.7": "no finished run has the setting scpo,0.7",
    "behaviour --data small --model rm --setting scpo,1,2,3": "METHOD[,TAU[,BETA]]",
}


@pytest.mark.parametrize("command", BAD_INPUT)
def test_bad_input_is_one_line_on_stderr_and_exit_code_2(scpo, studied, world, tmp_path, command):
    (tmp_path / "other.csv").write_text("prompt,chosen,rejected,user_id\na,b,c,1\na,d,e,2\n")
    (tmp_path / "study.toml").write_text('methods = ["full"]\n')
    (tmp_path / "broken.toml").write_text('methods = ["full"]\ntaus = ["x"]\n')
    files = {name: tmp_path / f"{name}.toml" for name in ("study", "broken")}
    filled = command.format(file=world.file, folder=tmp_path, other=tmp_path / "other.csv", **files)
    code, out, err = scpo(*filled.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scpo: ") and BAD_INPUT[command] in err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("bogus", "No such command 'bogus'"),
        ("data bogus", "No such command 'bogus'"),
        ("score --data small", "Missing option '--model'"),
        ("study --data small --model rm --x", "No such option: --x"),
        ("run --data small --model rm --country CHL --seed x", "Invalid value for '--seed'"),
    ],
)
def test_a_wrong_usage_is_one_line_on_stderr_and_exit_code_2(scpo, command, says):
    code, out, err = scpo(*command.split())
    assert (code, out) == (2, "")
    assert err.count("\n") == 1 and err.startswith("scpo: ") and says in err and "--help` explains" in err


def test_a_run_that_cannot_succeed_has_exit_code_1_and_one_sentence(scpo, studied):
    code, out, err = scpo(
        "run", "--data", "small", "--model", "rm", "--country", "CHL", "--method", "filter", "--tau", "1e-9", *TRAINING
    )
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith("scpo: CHL: the filter keeps none of") and "Traceback" not in err


def test_a_study_with_a_failed_run_tells_it_and_has_exit_code_1(scpo, studied, world):
    code, out, err = scpo(
        "study", "--data", "small", "--model", "rm", "--name", "failing", "--countries", "CHL", "--methods",
        "filter", "--tau", "1e-9", "--seeds", "0", "--here", *TRAINING,
    )  # fmt: skip
    assert code == 1 and "CHL" in out
    (line,) = [line for line in err.splitlines() if "failed" in line]
    assert "raise tau" in line and "Traceback" not in err


def test_debug_shows_the_traceback(world, scpo):
    from scpo.errors import InputError

    with pytest.raises(InputError):
        scpo("--debug", "data", "show", "nope")


def test_a_real_process_keeps_the_contract_too(world):
    environment = {**os.environ, "SCPO_CACHE_DIR": str(world.store.root)}
    for arguments, code in ((["data", "list", "--json"], 0), (["data", "show", "nope"], 2)):
        result = subprocess.run(
            [sys.executable, "-m", "scpo", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        assert result.returncode == code
        if code:
            assert result.stdout == "" and result.stderr.startswith("scpo: ") and result.stderr.count("\n") == 1
        else:
            assert result.stderr == "" and [info["name"] for info in json.loads(result.stdout)] == ["small"]


def test_data_check_lists_dropped_rows_by_reason_with_their_lines(document, world, tmp_path):
    before = world.store.names("datasets")
    path = tmp_path / "own.csv"
    path.write_text(
        "prompt,chosen,rejected,country,user_id\n"
        "a,b,c,Chile,1\n"
        "a,same,same,Chile,1\n"  # line 3
        ",b,c,Chile,2\n"  # line 4
        "a,b,c,Chile,1\n"  # line 5 repeats line 2
        "a,x,x,CHL,3\n"  # line 6
        "d,b,c,,2\n"
        "e,b,c,Atlantis,2\n"  # line 8
    )
    found = document("data", "check", path, "--source", "pairs")
    assert found["files"] == {"own.csv": 7} and found["kept"] == {"own.csv": 2} and found["pairs"] == 2
    assert found["dropped"]["own.csv"] == {
        "missing prompt": [4],
        "identical chosen and rejected": [3, 6],
        "exact duplicate of an earlier row": [5],
        "unknown country": [8],
    }
    assert any("1 row dropped for an unknown country" in note and "'Atlantis'" in note for note in found["notes"])
    assert found["users_per_country"] == {"CHL": 1} == found["pairs_per_country"]
    assert world.store.names("datasets") == before  # nothing is stored


def test_data_check_of_a_clean_file_says_that_nothing_is_dropped(scpo, world):
    code, out, err = scpo("data", "check", world.file, "--source", "pairs")
    assert code == 0 and "no row is dropped" in err and "110 rows read, 110 kept" in err
    assert "CHL" in out


def test_an_empty_report_can_be_shown(capsys):
    from scpo.cli.reports import print_check
    from scpo.data.tables import LoadReport
    from scpo.results.check import check_document

    found = check_document(LoadReport(), None)
    assert found["users_per_country"] == {} == found["pairs_per_country"]
    print_check(found)
    assert "no row is dropped" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    ["data list", "data show small", "model list", "model show rm", "runs", "runs --study two", "doctor",
     "score --data small --model rm"],
)  # fmt: skip
def test_reading_commands_print_one_json_document(document, studied, command):
    assert document(*command.split())


def test_a_study_s_document_names_its_runs(document, studied):
    assert len(studied["runs"]) == 4 and studied["countries"] == ["CHL", "NZL"]
    listed = document("runs", "--study", "two")
    assert {record["run_id"] for record in listed} == set(studied["runs"])
    assert {record["status"] for record in listed} == {"succeeded"}


def test_a_study_can_be_written_down_in_a_file(document, studied, tmp_path):
    file = tmp_path / "two.toml"
    file.write_text(
        'countries = ["Chile", "NZL"]\nmethods = ["full", "scpo"]\ntaus = [0.9]\nseeds = [0]\n'
        "[training]\nsteps = 3\nlearning_rate = 1e-3\nbatch_pairs = 8\n"
    )
    found = document("study", "--data", "small", "--model", "rm", "--config", file, "--here")
    assert found["name"] == "two-small-rm"
    assert found["runs"] == studied["runs"]


@pytest.mark.parametrize(
    "command",
    ["score --data small --model rm", "run --data small --model rm --country CHL", "study --data small --model rm"],
)
def test_read_only_nothing_is_computed(scpo, monkeypatch, command):
    monkeypatch.setenv("SCPO_READ_ONLY", "1")
    code, _, err = scpo(*command.split())
    assert code == 2 and "SCPO_READ_ONLY is set" in err


def test_frontier_json_is_the_contract_s(document, studied):
    found = document("frontier", "--data", "small", "--model", "rm", "--study", "two")
    assert set(found) >= {"points", "chosen", "rule"} and found["rule"] == "max_all_country"
    assert {point["run"] for point in found["points"]} == set(studied["runs"])
    for point in found["points"]:
        assert set(point) >= POINT and point["preview"] is False
        for name in ("all_country", "true_country", "others"):
            assert set(point[name]) >= ESTIMATE
            assert point[name]["value"] is None or 0 <= point[name]["value"] <= 1
    complete = {p["country"] for p in found["points"] if p["all_country"]["value"] and p["true_country"]["n_pairs"]}
    assert set(found["chosen"]) == complete and complete
    assert any(point["on_frontier"] for point in found["points"])


def test_frontier_json_has_the_controls_that_no_run_stands_for(document, studied):
    found = document("frontier", "--data", "small", "--model", "rm", "--study", "two")
    assert all(point["control"] is (point["method"] == "random") for point in found["points"])
    countries = {point["country"] for point in found["points"]}
    places = [(point["method"], point["country"]) for point in found["controls"]]
    assert len(places) == len(set(places)) and {country for _, country in places} <= countries
    assert {"shuffled", "length"} <= {method for method, _ in places}
    for point in found["controls"]:
        assert set(point) >= POINT and point["control"] is True and point["run"] is None and not point["on_frontier"]
        assert point["preview"] is (point["method"] in ("shuffled", "pooled"))
        for name in ("all_country", "true_country", "excess"):
            assert set(point[name]) >= ESTIMATE
    assert not {one["method"] for one in found["chosen"].values()} & {method for method, _ in places}


def test_frontier_prints_the_controls_below_the_settings(scpo, studied):
    code, out, err = scpo("frontier", "--data", "small", "--model", "rm", "--study", "two")
    assert code == 0 and "shuffled (preview)" in out and "length" in out
    assert "never on the front, never chosen" in err


def test_a_control_that_is_not_finetuned_cannot_be_asked_for(scpo):
    code, _, err = scpo("run", "--data", "small", "--model", "rm", "--country", "CHL", "--method", "pooled")
    assert code == 2 and "pooled is a control that is not finetuned" in err


def test_preview_json_has_the_points_of_the_frontier_marked_as_previews(document, studied):
    asked = ["--data", "small", "--model", "rm", "--countries", "CHL,NZL", "--methods", "full,scpo"]
    found = document("preview", *asked, "--tau", "0.6,0.9", "--beta", "1.1")
    assert set(found) >= {"points", "chosen", "rule", "calibration"}
    assert len(found["points"]) == 2 * 3  # full once, scpo at two thresholds
    for point in found["points"]:
        assert set(point) >= POINT and point["preview"] is True and point["run"] is None
        for name in ("all_country", "true_country", "others"):
            assert set(point[name]) >= ESTIMATE
    assert found["calibration"]["ridge"] > 0


def test_lambda_belongs_to_the_global_model_and_not_to_the_countries_that_are_shown(document, studied):
    asked = ["preview", "--data", "small", "--model", "rm", "--methods", "full"]
    whole, part = document(*asked), document(*asked, "--countries", "NZL")
    assert part["calibration"]["ridge"] == whole["calibration"]["ridge"]
    assert {point["country"] for point in part["points"]} == {"NZL"}
    (same,) = [point for point in whole["points"] if point["country"] == "NZL"]
    assert part["points"][0]["all_country"] == same["all_country"]


def test_a_kept_preview_is_a_run_like_any_other(document, studied):
    command = ["preview", "--data", "small", "--model", "rm", "--countries", "NZL", "--methods", "full"]
    kept = document(*command, "--keep")
    (point,) = document(*command)["points"]
    (listed,) = [run for run in document("runs") if run["run_id"] in kept]
    assert listed["status"] == "succeeded" and listed["config"]["training"]["last_layer_ridge"] > 0
    (finished,) = [p for p in document("frontier", "--data", "small", "--model", "rm")["points"] if p["run"] in kept]
    assert finished["all_country"]["value"] == pytest.approx(point["all_country"]["value"])


def test_divergence_json_is_the_contract_s_and_the_table_names_every_couple(document, scpo, studied):
    asked = ["divergence", "--data", "small", "--model", "rm", "--countries", "CHL,NZL"]
    found = document(*asked)
    assert found["countries"] == ["CHL", "NZL"] and len(found["n_users"]) == 2
    assert set(found["distance"][0][1]) >= ESTIMATE and set(found["noise_floor"][0]) >= ESTIMATE
    assert set(found["to_global"][0]) >= ESTIMATE
    code, out, _ = scpo(*asked)
    assert code == 0 and "NZL" in out and "noise floor" in out and "p after Holm" in out
    assert len(found["p"]) == len(found["holm"]) == 2 and found["holm"][0][0] is None


def test_a_couple_is_told_by_the_pairs_that_divide_its_models(document, scpo, studied):
    asked = ["divergence", "--data", "small", "--model", "rm", "--couple", "Chile,NZL"]
    found = document(*asked)
    assert (found["first"], found["second"]) == ("CHL", "NZL") and found["n_divided"] > 0
    pair = found["pairs"][0]
    assert pair["difference"] == pytest.approx(pair["gap"]["first"] - pair["gap"]["second"])
    assert set(pair["prefers"].values()) <= {"chosen", "rejected"} and pair["prompt"]
    code, out, err = scpo(*asked, "--top", "1")
    divided = next(one for one in found["pairs"] if len(set(one["prefers"].values())) == 2)
    assert code == 0 and divided["pair_id"] in out and "lower bound" in err
    code, _, err = scpo(*asked[:-1], "CHL")
    assert code == 2 and "must name two communities" in err
    code, _, err = scpo(*asked, "--countries", "CHL,NZL")
    assert code == 2 and "--couple" in err


def test_frontier_and_the_run_s_stored_metrics_agree(document, studied, world):
    found = document("frontier", "--data", "small", "--model", "rm", "--study", "two")
    assert found["points"]
    for point in found["points"]:
        metrics = RunDirectory(world.store, point["run"]).metrics().set_index(["tested_on", "subset"])
        for subset in ("all_country", "true_country"):
            row = metrics.loc[(point["country"], subset)]
            if row["n_pairs"]:
                assert point[subset]["value"] == pytest.approx(row["value"])
            assert (point[subset]["n_pairs"], point[subset]["n_users"]) == (row["n_pairs"], row["n_users"])


def test_frontier_of_one_country_has_only_its_points(document, studied):
    found = document("frontier", "--data", "small", "--model", "rm", "--study", "two", "--countries", "New Zealand")
    assert {point["country"] for point in found["points"]} == {"NZL"}


def test_bias_json_is_the_contract_s(document, studied):
    found = document("bias", "--data", "small", "--model", "rm", "--study", "two")
    assert set(found) >= {"rows", "over_steering", "worst_group"}
    assert len(found["rows"]) == 4 * 3  # four models on three countries
    for row in found["rows"]:
        assert set(row) >= {"run", "trained_for", "tested_on", "difference", "holm_p"}
        assert set(row["difference"]) >= ESTIMATE


def test_behaviour_json_has_picks_and_curves_of_the_runs_that_are_asked_for(document, studied):
    everything = document("behaviour", "--data", "small", "--model", "rm", "--study", "two")
    assert {row["method"] for row in everything["rows"]} == {"global", "full", "scpo"}
    assert all(turn["n_candidates"].keys() == {"2"} for turn in everything["turns"]) and everything["writers"] == []
    one = document("behaviour", "--data", "small", "--model", "rm", "--run", studied["runs"][0])
    assert {run for row in one["rows"] for run in row["runs"]} == {studied["runs"][0]}
    for row in everything["rows"]:
        assert set(row["picked"]) >= ESTIMATE and row["score"]["value"] is None  # pairs without scores
        (curve,) = [c for c in everything["curves"] if (c["country"], c["method"]) == (row["country"], row["method"])]
        assert curve["points"][-1]["picked"]["value"] == pytest.approx(row["picked"]["value"])


def test_own_candidates_are_scored_by_a_model_and_by_runs(scpo, document, studied, tmp_path):
    file = tmp_path / "own.jsonl"
    rows = [
        {"prompt": f"question {i}", "responses": ["plain", "brief answer", "plain"], "scores": [1, 5, 1]}
        for i in (1, 2)
    ]
    file.write_text("\n".join(map(json.dumps, rows)))
    found = document("behaviour", "--candidates", str(file), "--model", "rm", "--run", studied["runs"][0])
    assert [one["model"] for one in found["models"]] == ["rm", f"run:{studied['runs'][0]}"]
    points = found["models"][0]["points"]
    assert [point["k"] for point in points] == [1, 2, 3] and points[0]["score"]["value"] == pytest.approx(7 / 3)
    assert points[0]["reward"]["value"] <= points[2]["reward"]["value"]
    code, out, err = scpo("behaviour", "--candidates", str(file), "--model", "rm", "--best-of", "2")
    assert code == 0 and "expected reward" in out and "2 prompts" in err


def test_bias_compares_groups_inside_countries_when_asked(scpo, document, studied):
    found = document("bias", "--data", "small", "--model", "rm", "--study", "two", "--by", "topic", "--by", "circle")
    assert [one["by"] for one in found["groups"]] == ["topic", "topic", "circle", "circle"]
    (topic, *_), models = found["groups"], {row["trained_for"] for row in found["rows"]}
    assert set(topic["communities"]) == models
    assert [group["group"] for group in topic["groups"]] == ["food", "travel"]
    home = [row for row in found["rows"] if row["trained_for"] == row["tested_on"] and row["method"] == topic["method"]]
    for count in ("lost", "won"):
        assert sum(group[count] for group in topic["groups"]) == pytest.approx(sum(row[count] for row in home))
    code, out, err = scpo("bias", "--data", "small", "--model", "rm", "--by", "topic")
    assert code == 0 and "travel" in out and "by chance" not in out  # no group has ten test users
    assert "topic: in no gap where they have fewer than ten test users: food, travel" in err
    assert "other countries, points" in out
    code, _, err = scpo("bias", "--data", "small", "--model", "rm", "--by", "shoe size")
    assert code == 2 and "no facet 'shoe size'" in err


def test_a_run_compared_with_itself_differs_nowhere(document, studied):
    run, other = studied["runs"][:2]
    same = document("compare", run, run)
    assert [row["difference"]["value"] for row in same["rows"] if row["difference"]["n_pairs"]] == pytest.approx(
        [0.0] * len([row for row in same["rows"] if row["difference"]["n_pairs"]])
    )
    assert same["config_difference"] == {}
    forth, back = (document("compare", *pair)["rows"] for pair in ((run, other), (other, run)))
    differences = [(a["difference"]["value"], b["difference"]["value"]) for a, b in zip(forth, back, strict=True)]
    assert [a for a, _ in differences if a is not None] == pytest.approx([-b for _, b in differences if b is not None])


def test_settings_are_compared_at_home_and_on_the_mean(document, studied):
    found = document("compare", "scpo", "full", "global", "--data", "small", "--model", "rm")
    assert [side["key"] for side in found["sides"]] == ["scpo|0.9|1.1", "full|-|-", "global"]
    assert {(row["second"], row["tested_on"]) for row in found["rows"]} == {
        (second, country) for second in ("full|-|-", "global") for country in ("CHL", "NZL")
    }
    assert {row["n_countries"] for row in found["means"]} == {2}
    assert found["left_out"] == {"full|-|-": ["ZAF"], "global": ["ZAF"]}
    assert found["config_difference"]["objective.method"] == ["scpo", "full", None]
    for row in found["verdicts"]:
        assert sum(row["pairs"].values()) == row["n_pairs"]


@pytest.mark.parametrize(
    "command",
    [
        "runs",
        "data list",
        "data show small",
        "frontier --data small --model rm",
        "bias --data small --model rm",
        "behaviour --data small --model rm",
        "compare scpo full --data small --model rm",
    ],
)
def test_without_json_a_table_is_printed(scpo, studied, command):
    code, out, err = scpo(*command.split())
    assert code == 0 and out.count("\n") > 1 and "Traceback" not in err


def test_show_gives_a_run_s_record_and_its_accuracies(scpo, document, studied):
    record = document("show", studied["runs"][0])
    assert record["status"] == "succeeded" and record["run_id"] == studied["runs"][0]
    code, out, err = scpo("show", studied["runs"][0])
    assert code == 0 and "Chile" in out and "true_country" in out and "succeeded" in err
