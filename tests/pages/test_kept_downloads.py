"""A file for a download is there when the browser comes for it, however many scripts of others have ended."""

from __future__ import annotations

import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError

from dashboard import downloads
from dashboard.downloads import SECONDS, KeptDownloads


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(downloads.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def files(clock):
    storage = KeptDownloads("/media")
    return MediaFileManager(storage), storage


def asked(manager: MediaFileManager, content: bytes = b"%PDF") -> str:
    """Have a file made as a click on a download button does; its name in the address."""
    return manager.execute_deferred(manager.add_deferred(lambda: content, "application/pdf", "1.2")).rpartition("/")[2]


def test_it_outlives_the_scripts_that_end_meanwhile_and_goes_after_a_while(files, clock):
    manager, storage = files
    name = asked(manager)
    for _ in range(5):
        manager.remove_orphaned_files()
    assert storage.get_file(name).content == b"%PDF"
    clock[0] += SECONDS
    asked(manager, b"other")
    with pytest.raises(MediaFileStorageError):
        storage.get_file(name)


def test_one_that_is_asked_for_again_stays_as_long_again(files, clock):
    manager, storage = files
    name = asked(manager)
    for _ in range(2):
        manager.remove_orphaned_files()
    clock[0] += SECONDS - 1
    assert asked(manager) == name
    clock[0] += SECONDS - 1
    for _ in range(2):
        manager.remove_orphaned_files()
    assert storage.get_file(name).content == b"%PDF"


def test_pictures_go_at_once(files):
    _, storage = files
    file_id = storage.load_and_get_id(b"x", "image/png", MediaFileKind.MEDIA)
    storage.delete_file(file_id)
    storage.delete_file(file_id)  # gone already is no error
    with pytest.raises(MediaFileStorageError):
        storage.get_file(f"{file_id}.png")
