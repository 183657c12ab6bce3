"""Secrets are planted in the environment, commands are run, and they are looked for in all that is left behind."""

import io
import zipfile

import pytest
import world

from scpo.store.runs import RunDirectory, list_runs

PLANTED = "planted-5ecret-value"
SECRETS = ("HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "SOME_API_KEY", "DB_PASSWORD", "SCPO_TOKEN")
ADDRESSES = ("HTTPS_PROXY", "HF_ENDPOINT", "SCPO_RAY_ADDRESS")
pytestmark = pytest.mark.slow


@pytest.fixture
def cache_root(world_folder, tmp_path):
    return world.copy_of(world_folder, "many", tmp_path / "cache").root


@pytest.fixture
def planted(monkeypatch):
    for name in SECRETS:
        monkeypatch.setenv(name, PLANTED)
    for name in ADDRESSES:
        monkeypatch.setenv(name, f"http://ann:{PLANTED}@127.0.0.1:1")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def leaks(name, content):
    """Names of files, and of members of archives, that hold the secret."""
    found = [name] if PLANTED.encode() in content else []
    if zipfile.is_zipfile(io.BytesIO(content)):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.namelist():
                found += leaks(f"{name}/{member}", archive.read(member))
    return found


def test_no_secret_of_the_environment_lies_in_records_logs_reports_or_what_commands_print(
    planted, scpo, cache_root, tmp_path
):
    run = ("run", "--data", "tastes", "--model", "rm", "--country", "CHL", "--method", "full", "--steps", "2")
    said = {}
    for code, words in (
        (0, ("doctor", "--json")),
        (0, ("score", "--data", "tastes-circles", "--model", "rm")),
        (0, (*run, "--seed", "7")),
        (0, (*run, "--seed", "8", "--queue")),
        (0, ("worker", "--until-idle", "0")),
        (0, ("report", "--study", "paper", "--sections", "finding", "--sizes", "column", "-o", tmp_path / "paper.zip")),
        (2, ("data", "add", "away", "--source", "pairs", "--path", "hub:owner/name")),
        (2, ("worker", "--launcher", "ray")),
        (2, ("show", PLANTED)),
    ):
        found, out, err = scpo(*words)
        assert found == code, (words, err)
        said[words[0]] = out + err
    assert [name for name, text in said.items() if PLANTED in text] == []
    assert "***" in said["worker"] and "***" in said["show"]

    store = world.Store(cache_root)
    with_seed_8 = [record for record in list_runs(store) if record.config.seed == 8]
    assert [record.status for record in with_seed_8] == ["succeeded"]
    failed = RunDirectory(store, with_seed_8[0].run_id).fail(RuntimeError(f"{PLANTED}: http://ann:{PLANTED}@host"))
    assert failed.error == "RuntimeError: ***: http://***@host"

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"paper.zip", "worker.log", "jobs.sqlite3"} <= {path.name for path in files}
    assert [name for path in files for name in leaks(str(path.relative_to(tmp_path)), path.read_bytes())] == []
    assert leaks("self", PLANTED.encode()) == ["self"]
