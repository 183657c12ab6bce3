"""Written reports: a folder for each, and no more than a few."""

import os

from scpo.store.cache import Store
from scpo.store.reports import MOST_KEPT, make_place, report_file


def test_the_oldest_go_when_another_is_begun(tmp_path):
    store = Store(tmp_path)
    paths = [report_file(store, f"key{number}", "paper.zip") for number in range(MOST_KEPT + 3)]
    for moment, path in enumerate(paths[:-1]):
        make_place(store, path)
        path.write_bytes(b"report")
        os.utime(path.parent, (moment, moment))
    make_place(store, paths[-1])
    assert [path for path in paths if path.parent.is_dir()] == paths[3:]
    assert all(path.is_file() for path in paths[3:-1])


def test_one_that_is_written_again_counts_as_new(tmp_path):
    store = Store(tmp_path)
    paths = [report_file(store, f"key{number}", "paper.zip") for number in range(MOST_KEPT)]
    for moment, path in enumerate(paths):
        make_place(store, path)
        os.utime(path.parent, (moment, moment))
    make_place(store, paths[0])
    make_place(store, report_file(store, "another", "paper.pdf"))
    assert paths[0].parent.is_dir() and not paths[1].parent.is_dir()
