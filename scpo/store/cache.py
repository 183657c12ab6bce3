"""The cache on disk: written whole, read checked, named by causes (design: one key, one folder)."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filelock import FileLock, Timeout
from pydantic import BaseModel, ValidationError

from scpo.errors import BrokenError, InputError, StoreError, first_fault
from scpo.names import RULE, is_folder_name
from scpo.store.files import SUMS, file_sha256, flush, parsed, read_sums, unsealed, write_sums
from scpo.store.files import now as now
from scpo.store.files import write_json as write_json
from scpo.store.files import write_sealed as write_sealed

if TYPE_CHECKING:  # commands that read no table start without them
    import pandas as pd
    import pandera.pandas as pa

LOG = logging.getLogger(__name__)

T = TypeVar("T")
Record = TypeVar("Record", bound=BaseModel)


class Store:
    """Folders of the cache and the few operations that must be safe against a kill.

    Parameters
    ----------
    root : Path
        The cache folder; made on the first write.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def check_place(self, *, writes: bool) -> None:
        """Refuse a cache folder that cannot be one: a file, or a place where nothing may be read (or written).

        Raises
        ------
        InputError
            With the folder, and what is the matter with it.
        """
        there = self.root.absolute()
        while not os.path.lexists(there) and there != there.parent:
            there = there.parent
        if not there.is_dir():
            raise InputError(f"the cache cannot lie in {self.root}: {there} is no folder; set SCPO_CACHE_DIR to one")
        wanted = os.R_OK | os.X_OK | (os.W_OK if writes else 0)
        if not os.access(there, wanted):
            what = "written" if os.access(there, os.R_OK | os.X_OK) else "read"
            raise InputError(
                f"the cache in {self.root} cannot be {what}: {there} does not permit it; set SCPO_CACHE_DIR to another"
            )

    def folder(self, kind: str, name: str) -> Path:
        """Return the folder of one thing, for example ``("runs", run_id)``; it need not exist."""
        if not is_folder_name(name):
            raise InputError(f"{name[:40]!r} is no name: {RULE}")
        return self.root.joinpath(kind, name)

    def names(self, kind: str) -> list[str]:
        """List the names of one kind that exist, sorted."""
        try:
            with os.scandir(self.root / kind) as found:
                return sorted(one.name for one in found if not one.name.startswith(".") and one.is_dir())
        except (FileNotFoundError, NotADirectoryError):
            return []

    @contextlib.contextmanager
    def writing(self, target: Path, *, record: str) -> Iterator[Path]:
        """Give a temporary folder that becomes `target` when the block ends well, and vanishes otherwise.

        Parameters
        ----------
        target : Path
            Where it is to lie.
        record : str
            The file of `target` that says that it is finished. What is finished is never removed: of two equal
            results the first stays, and a kill at any moment leaves it as it is. What lies there without its record
            was never finished and makes place.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        try:
            yield temporary
            written = [path for path in temporary.rglob("*") if path.is_file()]
            if written != [temporary / record]:
                write_sums(temporary, [path for path in written if path != temporary / record])
            for path in (*written, temporary / SUMS):
                if path.is_file():
                    flush(path)
            if not (target / record).is_file():
                shutil.rmtree(target, ignore_errors=True)
                temporary.rename(target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    def load_or_build(self, name: str, *, load: Callable[[], T | None], build: Callable[[], T], busy: str) -> T:
        """Return what is there, else build it, once, however many processes ask.

        Parameters
        ----------
        name : str
            Name of the lock that is held while it is built.
        load : callable
            Returns the finished result, None if there is none.
        build : callable
            Makes, stores and returns it.
        busy : str
            Sentence for the error when another process builds it now.
        """
        found = load()
        if found is None:
            with self.lock(name, busy=busy):
                found = load()  # another process may have finished it a moment ago
                if found is None:
                    found = build()
        return found

    def kept(
        self, kind: str, key: str, build: Callable[[], dict[str, Any]], *, file: str = "result.json", save: bool = True
    ) -> dict[str, Any]:
        """Return a small result that is kept as JSON under the hash of its causes; build it if it is not there.

        One that is broken on disk is built again and takes its place; the log says so. Where the disk cannot be
        written the result is returned all the same.

        Parameters
        ----------
        kind, key, file : str
            Where it lies: ``kind/key/file``.
        build : callable
            Makes it: JSON values only.
        save : bool
            Whether a new result is stored.
        """
        path = self.folder(kind, key) / file
        if path.is_file():
            try:
                return dict(self.read_json(path, what=f"{kind} {key}"))
            except StoreError as error:
                LOG.warning("%s; it is computed again", error)
        found = build()
        if save:
            with contextlib.suppress(OSError):
                write_sealed(path, found)
        return found

    @contextlib.contextmanager
    def lock(self, name: str, *, busy: str) -> Iterator[None]:
        """Hold a lock by name for a block, so that two processes do not do the same work; `busy` says that one does."""
        path = self.root / "locks" / f"{name}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise StoreError(busy) from None
        try:
            yield
        finally:
            lock.release()

    def broken(self, path: Path, why: str) -> BrokenError:
        """Return the error that names a broken file. Nothing is moved: only `scpo cache repair` does that."""
        where = path.relative_to(self.root) if path.is_relative_to(self.root) else path
        return BrokenError(f"{where} {why}: `scpo cache repair` says and does what is possible")

    def write_table(self, path: Path, table: pd.DataFrame) -> str:
        """Write a table as Parquet and return the sha256 of the file."""
        table.to_parquet(path, index=False)
        return file_sha256(path)

    def read_table(self, path: Path, schema: pa.DataFrameSchema, *, sha256: str) -> pd.DataFrame:
        """Read a table, checked by hash and schema.

        Parameters
        ----------
        path : Path
            The Parquet file.
        schema : DataFrameSchema
            What the table must be.
        sha256 : str
            Hash that was recorded when it was written.

        Raises
        ------
        StoreError
            If the file is missing or not what was written.
        """
        self.check_file(path, sha256)
        import pandas as pd
        import pandera.errors

        table = pd.read_parquet(path)
        try:
            return schema.validate(table)
        except pandera.errors.SchemaError as error:
            raise self.broken(path, f"breaks its schema ({error})") from error

    def check_file(self, path: Path, sha256: str) -> None:
        """Raise StoreError if a file is missing or its hash is not the one that was recorded."""
        if not path.is_file():
            raise self.broken(path, "is missing")
        if file_sha256(path) != sha256:
            raise self.broken(path, "is not the file that was written")

    def check_files(self, folder: Path) -> None:
        """Raise StoreError at the first file of a folder that is missing or not what its `SHA256SUMS` says."""
        for name, sha256 in read_sums(folder).items():
            self.check_file(folder / name, sha256)

    def read_json(self, path: Path, *, what: str) -> Any:
        """Read a JSON file of the cache; `what` names the thing it describes, for messages.

        Raises
        ------
        InputError
            If there is no such file.
        StoreError
            If it is no JSON, or not what was written.
        """
        return self._parse(path, what)[0]

    def _parse(self, path: Path, what: str) -> tuple[Any, bool]:
        """Return the values of a JSON file, and whether a seal says that they are what was written."""
        try:
            value, whole = unsealed(parsed(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise InputError(f"there is no {what}") from None
        except OSError as error:
            raise self.broken(path, f"cannot be read ({error.strerror})") from error
        except (ValueError, RecursionError) as error:
            raise self.broken(path, f"is no valid JSON ({' '.join(str(error).split())})") from error
        if whole is False:
            raise self.broken(path, "is not what was written")
        return value, bool(whole)

    def read_record(self, path: Path, kind: type[Record], *, what: str) -> Record:
        """Read a record, checked against the version of the format that this program writes.

        Parameters
        ----------
        path : Path
            The JSON file.
        kind : type of pydantic model
            What it must be. Its field `format_version` has the version that is written now as default; a class
            attribute `MIGRATIONS` maps an older version to the function that makes the next one of its values.
        what : str
            See `read_json`.

        Raises
        ------
        InputError
            If there is no such thing.
        StoreError
            If it was written by a newer version, by an older one that cannot be read any more, or is broken; or if its
            folder is there without it.
        """
        if not path.is_file() and path.parent.is_dir() and path.parent.parent.parent == self.root:
            raise self.broken(path, "is missing")
        value, is_sealed = self._parse(path, what)
        newest = kind.model_fields["format_version"].default
        version = value.get("format_version", 1) if isinstance(value, dict) else None
        if isinstance(version, int) and version > newest:
            raise StoreError(
                f"{what} was written by a newer scpo ({path.name} has format {version}, this one reads {newest}): "
                "update scpo, or use another cache"
            )
        migrations = getattr(kind, "MIGRATIONS", {})
        while isinstance(version, int) and version < newest and version in migrations:
            value = migrations[version](value)
            version += 1
        try:
            return kind.model_validate(value)
        except ValidationError as error:
            raise (StoreError if is_sealed else BrokenError)(
                f"{what} cannot be read: {path.name} is of another version or was changed ({first_fault(error)}); "
                "remove it and make it again"
            ) from error
