"""Data sets on the hub by their id: which files are read, at which commit, and one sentence where nobody answers."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest
from hub import HubStub
from public_layouts import COVAL, FILES

from scpo.data import hub
from scpo.data.hub import reference_of
from scpo.data.sources import read_source
from scpo.data.sources.reading import Reading
from scpo.errors import InputError

COMMIT, OTHER = "a" * 40, "b" * 40


def lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def pairs(*names):
    return lines(*({"prompt": name, "chosen": f"good {name}", "rejected": "bad"} for name in names))


@pytest.fixture
def stub(tmp_path, monkeypatch):
    with HubStub() as found:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", found.url)
        address = found.url + "/{repo_id}/resolve/{revision}/{filename}"
        monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", address)
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
        monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DISABLE_XET", True)
        yield found


def read(path, source="pairs", **given):
    return read_source(Reading(source, path, {}, None, 1), **given)


def asked(name):
    return Path(f"hub:{name}")


def prompts(loaded):
    return loaded.tables.utterances["prompt"].drop_duplicates().tolist()


def test_the_only_table_is_read_at_the_commit_that_the_branch_means(stub):
    files = {"data/all.jsonl": pairs("p", "q"), "README.md": b"# x", ".gitattributes": b""}
    stub.add("datasets", "o/n", OTHER, {"data/all.jsonl": b"older"}, named="old")
    stub.add("datasets", "o/n", COMMIT, files)
    loaded = read(asked("o/n"))
    assert (loaded.location, loaded.revision, prompts(loaded)) == ("hub:o/n:data/all.jsonl", COMMIT, ["p", "q"])
    got = [request.path for request in stub.requests if "/resolve/" in request.path]
    assert {path.partition("/resolve/")[2] for path in got} == {f"{COMMIT}/data/all.jsonl"}
    n = len(stub.requests)
    again = read(asked("o/n"), offline=True)
    assert (again.revision, prompts(again)) == (COMMIT, ["p", "q"]) and len(stub.requests) == n


def test_the_shards_of_training_are_one_table_and_the_rest_is_named(stub):
    shards = {f"data/train-0000{i}-of-00002.jsonl": pairs(f"p{i}") for i in range(2)}
    stub.add("datasets", "o/n", COMMIT, {**shards, "data/test-00000-of-00001.jsonl": pairs("t")}, named="v1")
    test = read(asked("o/n@v1:data/test-00000-of-00001.jsonl"))
    loaded = read(asked("o/n@v1"))
    assert prompts(test) == ["t"] and prompts(loaded) == ["p0", "p1"]  # what was fetched before is not among it
    assert loaded.location == "hub:o/n:data/train.jsonl" and loaded.revision == COMMIT
    assert loaded.tables.report.notes[0] == "Of o/n data/train.jsonl is read, not data/test.jsonl."
    assert prompts(read(asked("o/n@v1:data/train.jsonl"))) == ["p0", "p1"]


def test_several_tables_are_named_and_one_may_be_chosen(stub):
    stub.add("datasets", "o/n", COMMIT, {"a/x.jsonl": pairs("p"), "b/y.jsonl.gz": pairs("q"), "c.md": b""})
    with pytest.raises(InputError, match=r"holds 2 tables: name one, for example hub:o/n:a/x\.jsonl; found are a/x"):
        read(asked("o/n"))
    assert prompts(read(asked("o/n:b"))) == ["q"]
    with pytest.raises(InputError, match=r"hub:o/n:z holds no table: found are a/x\.jsonl, b/y\.jsonl\.gz, c\.md"):
        read(asked("o/n:z"))


def test_a_named_layout_fetches_the_files_that_belong_together(stub):
    people = lines({"annotator_id": "w1", "demographics": {"country_of_residence": "Chile"}})
    stub.add("datasets", "openai/coval", COMMIT, {
        "comparisons.jsonl": lines(COVAL), "annotators.jsonl": people, "merged_comparisons_annotators.jsonl": b"",
    })  # fmt: skip
    loaded = read(asked("openai/coval"), "coval")
    assert loaded.tables.pairs["country"].tolist() == ["CHL"]
    stub.add("datasets", "o/pku", COMMIT, {"data/train.jsonl": lines(FILES["pku"])})
    assert len(read(asked("o/pku"), "pku").tables.pairs) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("o/none", "data set o/none is not on the hub, or not public; download the file elsewhere"),
        ("o/n@v9", "data set o/n at v9 is not on the hub, or not public"),
        ("n", "hub:n names no data set on the hub: write hub:OWNER/NAME"),
        ("../o/n", "names no data set on the hub"),
        ("o/n:../../x", "names no data set on the hub"),
    ],
)
def test_what_is_not_there_is_said_in_one_sentence(stub, name, words):
    stub.add("datasets", "o/n", COMMIT, {"x.jsonl": pairs("p")})
    with pytest.raises(InputError, match=words):
        read(asked(name))


def test_a_path_of_this_machine_is_no_reference():
    assert [reference_of(path) for path in (None, Path("hub.csv"), Path("o/n"), Path("x/hub:o/n"))] == [None] * 4
    assert reference_of(asked("o/n@refs/pr/1:data")) == ("o/n", "refs/pr/1", "data")


def test_a_hub_that_does_not_answer_is_one_sentence_within_five_seconds(tmp_path, monkeypatch):
    silent = socket.create_server(("127.0.0.1", 0))
    taken = threading.Thread(target=silent.accept, daemon=True)
    taken.start()
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    began = time.monotonic()
    with pytest.raises(InputError, match="o/n is not on this machine and the hub does not answer within 3 seconds; "):
        read(asked("o/n"))
    assert time.monotonic() - began < 5
    silent.close()
    with pytest.raises(InputError, match="the hub does not answer"):
        read(None, "prism")
    assert time.monotonic() - began < 8
    assert hub.silence(offline=True) == hub.OFFLINE
