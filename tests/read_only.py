"""A folder on a file system that cannot be written, also for root."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Make a folder and all in it unwritable: by its permissions, or for root, whom they do not bind, by a mount."""
    if os.geteuid():
        changed = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        for path in changed:
            path.chmod(0o555)
        try:
            yield
        finally:
            for path in changed:
                path.chmod(0o755)
        return
    for words in (["mount", "--bind", folder, folder], ["mount", "-o", "remount,ro,bind", folder]):
        if subprocess.run(words, capture_output=True).returncode:
            pytest.skip("root, and nothing may be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)
