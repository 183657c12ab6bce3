"""What several threads ask for, made once: who asks for the same meanwhile waits for it and does not make it too."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Findings by a key that names all that they depend on; everybody is given the same object.

    Parameters
    ----------
    most : int
        So many are kept; those that were not asked for longest go first.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, T] = {}
        self._making: dict[Hashable, threading.Lock] = {}
        self._changing = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` returned when it was first asked under this key; after an error the next one makes it."""
        with self._changing:
            if key in self._kept:
                return self._newest(key)
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._changing:
                if key in self._kept:
                    return self._newest(key)
            found = make()
            self.keep({key: found})
            with self._changing:
                self._making.pop(key, None)
        return found

    def known(self, keys: Iterable[Hashable]) -> dict[Hashable, T]:
        """Return what is kept of some keys."""
        with self._changing:
            return {key: self._newest(key) for key in keys if key in self._kept}

    def keep(self, found: Mapping[Any, T]) -> None:
        """Keep what was made together: all of it, also where that is more than `most`."""
        with self._changing:
            for key, one in found.items():
                self._kept.pop(key, None)
                self._kept[key] = one
            while len(self._kept) > max(self._most, len(found)):
                del self._kept[next(iter(self._kept))]

    def __len__(self) -> int:
        return len(self._kept)

    def _newest(self, key: Hashable) -> T:
        self._kept[key] = found = self._kept.pop(key)
        return found
