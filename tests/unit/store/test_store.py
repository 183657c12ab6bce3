"""The cache: a writer that dies leaves nothing, a reader never takes a broken file for a good one."""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pandera.pandas as pa
import pytest
from hand.tables import flip_a_byte
from pydantic import BaseModel, ConfigDict

from scpo.errors import InputError, ScpoError, StoreError
from scpo.store.cache import Store
from scpo.store.files import file_sha256, write_json

NUMBERS = pa.DataFrameSchema({"n": pa.Column("int64", pa.Check.ge(0))}, strict=True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_writer_that_raises_in_the_middle_leaves_nothing(store):
    target = store.folder("scores", "abc")
    with pytest.raises(RuntimeError), store.writing(target, record="value") as folder:
        (folder / "half").write_text("half")
        raise RuntimeError
    assert everything_in(store.root) == ["scores"]


def test_a_writer_that_raises_in_the_middle_leaves_the_older_entry_as_it_was(store):
    target = store.folder("scores", "abc")
    with store.writing(target, record="value") as folder:
        (folder / "value").write_text("first")
    with pytest.raises(KeyboardInterrupt), store.writing(target, record="value") as folder:
        (folder / "value").write_text("second")
        raise KeyboardInterrupt
    assert (target / "value").read_text() == "first"
    assert everything_in(store.root) == ["scores", "scores/abc", "scores/abc/value"]


def test_a_writer_that_is_killed_in_the_middle_leaves_no_entry(store):
    code = (
        "import sys, time; from pathlib import Path; from scpo.store.cache import Store\n"
        "store = Store(Path(sys.argv[1]))\n"
        "with store.writing(store.folder('scores', 'abc'), record='half') as folder:\n"
        "    (folder / 'half').write_text('half'); print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdout.readline() == b"ready\n"
        writer.kill()
    assert store.names("scores") == []
    assert not store.folder("scores", "abc").exists()


def test_of_two_finished_results_the_first_stays(store):
    target = store.folder("scores", "abc")
    for name in ("first", "second"):
        with store.writing(target, record="value") as folder:
            (folder / "value").write_text(name)
    assert (target / "value").read_text() == "first"
    assert everything_in(store.root) == ["scores", "scores/abc", "scores/abc/value"]


def test_what_was_never_finished_makes_place(store):
    target = store.folder("scores", "abc")
    target.mkdir(parents=True)
    (target / "half").write_text("half")
    with store.writing(target, record="value") as folder:
        (folder / "value").write_text("whole")
    assert everything_in(target) == ["value"]


@pytest.mark.parametrize("step", ["shutil.rmtree", "pathlib.Path.rename"])
def test_a_kill_at_any_step_of_a_second_writing_leaves_the_finished_result(store, step):
    target = store.folder("scores", "abc")
    with store.writing(target, record="value") as folder:
        (folder / "value").write_text("first")
    code = (
        "import os, pathlib, shutil, signal, sys; from scpo.store.cache import Store\n"
        "store = Store(pathlib.Path(sys.argv[1]))\n"
        "real = " + step + "\n"
        "def dying(*given, **more):\n"
        "    real(*given, **more); os.kill(os.getpid(), signal.SIGKILL)\n"
        + step + " = dying\n"
        "with store.writing(store.folder('scores', 'abc'), record='value') as folder:\n"
        "    (folder / 'value').write_text('second')\n"
    )  # fmt: skip
    subprocess.run([sys.executable, "-c", code, str(store.root)], check=False)
    assert (target / "value").read_text() in ("first", "second")
    assert store.names("scores") == ["abc"]


def test_what_is_there_is_loaded_and_what_is_not_is_built_once(store):
    built = []

    def load():
        return built[-1] if built else None

    def build():
        built.append("made")
        return built[-1]

    for _ in range(2):
        assert store.load_or_build("thing", load=load, build=build, busy="busy") == "made"
    assert built == ["made"]


def test_what_another_process_has_finished_while_the_lock_was_waited_for_is_not_built_again(store):
    answers = iter([None, "made elsewhere"])
    found = store.load_or_build("thing", load=lambda: next(answers), build=lambda: pytest.fail("built"), busy="busy")
    assert found == "made elsewhere"


def test_a_kept_result_is_computed_once_and_not_stored_where_nothing_may_be_written(store):
    assert store.kept("sums", "k", lambda: {"n": 1}, save=False) == {"n": 1}
    assert store.names("sums") == []
    assert store.kept("sums", "k", lambda: {"n": 2}) == {"n": 2}
    assert store.kept("sums", "k", lambda: pytest.fail("computed again")) == {"n": 2}


class Shelf(BaseModel):
    """A record that has had one field less."""

    model_config = ConfigDict(extra="forbid")
    MIGRATIONS: ClassVar[dict] = {1: lambda values: {**values, "format_version": 2, "height": 0.5}}
    format_version: int = 2
    books: int
    height: float


def shelf(store: Store, **values) -> Shelf:
    path = store.root / "shelf.json"
    write_json(path, values)
    return store.read_record(path, Shelf, what="shelf a")


def test_a_record_of_an_older_format_is_migrated(store):
    assert shelf(store, format_version=1, books=3) == Shelf(books=3, height=0.5)
    assert shelf(store, books=3) == Shelf(books=3, height=0.5)  # before formats were written


def test_a_record_of_a_newer_format_is_refused_by_name(store):
    with pytest.raises(StoreError, match=r"shelf a was written by a newer scpo \(shelf\.json has format 3"):
        shelf(store, format_version=3, books=3, height=1.0, colour="red")


def test_a_record_that_cannot_be_read_is_refused_with_the_field(store):
    with pytest.raises(StoreError, match=r"shelf a cannot be read.*books"):
        shelf(store, format_version=2, height=1.0)
    with pytest.raises(StoreError, match=r"shelf a cannot be read"):
        shelf(store, format_version="two", books=3, height=1.0)


def test_json_that_cannot_be_written_leaves_the_older_file_and_no_other(tmp_path):
    write_json(tmp_path / "a.json", {"n": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"n": float("nan")})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 1}
    assert everything_in(tmp_path) == ["a.json"]


def test_the_hash_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("name", ["", ".hidden", "..", "a/b", "../a", "a\\b", "/etc"])
def test_a_name_that_would_leave_its_folder_is_refused(store, name):
    with pytest.raises(InputError, match="is no name"):
        store.folder("datasets", name)


def test_names_are_sorted_and_leave_out_what_is_unfinished(store):
    for name in ("b", "a", ".a.tmp"):
        (store.root / "runs" / name).mkdir(parents=True)
    (store.root / "runs" / "file").write_text("")
    assert store.names("runs") == ["a", "b"]
    assert store.names("nothing") == []


def written_table(store: Store) -> tuple[Path, Path, str]:
    entry = store.folder("scores", "abc")
    with store.writing(entry, record="n.parquet") as folder:
        sha256 = store.write_table(folder / "n.parquet", pd.DataFrame({"n": [1, 2]}))
    return entry, entry / "n.parquet", sha256


def test_a_table_is_read_back_as_it_was_written(store):
    _, path, sha256 = written_table(store)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert store.read_table(path, NUMBERS, sha256=sha256)["n"].tolist() == [1, 2]


def test_a_changed_byte_is_named_with_its_file_and_moves_nothing(store):
    _, path, sha256 = written_table(store)
    flip_a_byte(path)
    before = everything_in(store.root)
    for _ in range(2):
        with pytest.raises(StoreError, match=r"^scores/abc/n\.parquet is not the file that was written: `scpo cache"):
            store.read_table(path, NUMBERS, sha256=sha256)
    assert everything_in(store.root) == before


def test_a_missing_table_is_named(store):
    _, path, sha256 = written_table(store)
    path.unlink()
    with pytest.raises(StoreError, match=r"^scores/abc/n\.parquet is missing"):
        store.read_table(path, NUMBERS, sha256=sha256)


def test_a_table_that_breaks_its_schema_is_named_even_if_its_hash_is_right(store):
    entry = store.folder("scores", "abc")
    with store.writing(entry, record="n.parquet") as folder:
        sha256 = store.write_table(folder / "n.parquet", pd.DataFrame({"n": [-1]}))
    with pytest.raises(StoreError, match="breaks its schema"):
        store.read_table(entry / "n.parquet", NUMBERS, sha256=sha256)


def test_a_kept_result_with_a_flipped_byte_is_computed_again_and_the_log_says_so(store, caplog):
    assert store.kept("sums", "k", lambda: {"n": 2, 3: (0.1,)}) == {"n": 2, 3: (0.1,)}
    path = store.folder("sums", "k") / "result.json"
    path.write_text(path.read_text().replace('"n": 2', '"n": 3'))
    assert store.kept("sums", "k", lambda: {"n": 2}) == {"n": 2}
    assert "sums/k/result.json is not what was written" in caplog.text
    assert store.kept("sums", "k", lambda: pytest.fail("computed again")) == {"n": 2}


def test_what_was_written_is_summed_as_sha256sum_reads_it(store):
    entry = store.folder("models", "abc")
    with store.writing(entry, record="model.json") as folder:
        (folder / "sub").mkdir()
        (folder / "sub" / "abc").write_bytes(b"abc")
        write_json(folder / "model.json", {})
    # FIPS 180-2, appendix B.1
    line = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  sub/abc\n"
    assert (entry / "SHA256SUMS").read_text() == line
    store.check_files(entry)
    flip_a_byte(entry / "sub" / "abc")
    with pytest.raises(StoreError, match=r"^models/abc/sub/abc is not the file that was written"):
        store.check_files(entry)


def test_absent_json_is_bad_input_and_broken_json_names_the_thing(store):
    path = store.root / "thing.json"
    with pytest.raises(InputError, match="there is no run 7"):
        store.read_json(path, what="run 7")
    store.root.mkdir(parents=True)
    path.write_text('{"a": 1')
    with pytest.raises(ScpoError, match=r"^thing\.json"):
        store.read_json(path, what="run 7")


def test_a_lock_that_another_process_holds_is_refused_with_the_given_sentence_and_freed_by_its_death(store):
    code = (
        "import sys, time; from pathlib import Path; from scpo.store.cache import Store\n"
        "with Store(Path(sys.argv[1])).lock('a', busy=''):\n"
        "    print('ready', flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(store.root)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"ready\n"
        with (
            pytest.raises(StoreError, match=r"^somebody is at it$"),
            store.lock("a", busy="somebody is at it"),
        ):
            pass
        holder.kill()
    time.sleep(0.05)
    with store.lock("a", busy="still held"):
        pass
