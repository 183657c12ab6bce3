"""A file that was made for a download stays until it can have been fetched.

Streamlit makes it when it is asked for and forgets it once two scripts have ended, whoever's: where many people look at
pages that is before the browser has come for it.
"""

from __future__ import annotations

import threading
import time

from streamlit.runtime import memory_media_file_storage
from streamlit.runtime.media_file_storage import MediaFileKind, MediaFileStorageError

SECONDS = 60.0
"""How long a file is kept that Streamlit has forgotten."""


class KeptDownloads(memory_media_file_storage.MemoryMediaFileStorage):
    """Streamlit's files in memory; those for downloads go later."""

    def __init__(self, media_endpoint: str) -> None:
        super().__init__(media_endpoint)
        self._leave: dict[str, float] = {}
        self._changing = threading.Lock()

    def load_and_get_id(
        self, path_or_data: str | bytes, mimetype: str, kind: MediaFileKind, filename: str | None = None
    ) -> str:
        """Add a file and return its id; one that was about to go stays."""
        with self._changing:
            file_id = super().load_and_get_id(path_or_data, mimetype, kind, filename)
            self._leave.pop(file_id, None)
            self._clear()
        return file_id

    def delete_file(self, file_id: str) -> None:
        """Forget a file: one for a download in a while."""
        with self._changing:
            try:
                later = self.get_file(file_id).kind == MediaFileKind.DOWNLOADABLE
            except MediaFileStorageError:
                later = False
            if later:
                self._leave.setdefault(file_id, time.monotonic() + SECONDS)
            else:
                super().delete_file(file_id)
            self._clear()

    def _clear(self) -> None:
        for file_id in [one for one, end in self._leave.items() if end <= time.monotonic()]:
            del self._leave[file_id]
            super().delete_file(file_id)


def keep() -> None:
    """Have the server that starts in this process keep its downloads."""
    memory_media_file_storage.MemoryMediaFileStorage = KeptDownloads  # type: ignore[misc]
