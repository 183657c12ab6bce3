"""Files of data sets on the Hugging Face hub, at a pinned revision; and whether the hub answers at all."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from scpo.errors import InputError
from scpo.words import some

PREFIX = "hub:"
PATIENCE_SECONDS = 3.0
"""How long the hub may take to answer at all, before anything is asked of it."""

OFFLINE = "this machine is set to work offline (SCPO_OFFLINE)"
SILENT = f"the hub does not answer within {PATIENCE_SECONDS:g} seconds"

NAMED = 6
"""At most this many files of a repository are named."""

_FORM = f"{PREFIX}OWNER/NAME, perhaps with @REVISION and :FILE or :FOLDER"
_REFERENCE = re.compile(r"(?P<repository>[\w.-]+/[\w.-]+)(?:@(?P<revision>[^\s:]+))?(?::(?P<part>[^\s:]+))?", re.ASCII)
_DATA = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".arrow", ".ndjson", ".txt")
_PACKED = (".gz", ".zst", ".bz2")
_SHARD = re.compile(r"[-_.]?\d{4,5}(?:-of-\d{4,5})?(?=[-.]|$)")


def silence(*, offline: bool) -> str | None:
    """Say why the hub cannot be asked: this machine is set to work offline, or nobody answers; None if it can."""
    return OFFLINE if offline else None if _answers() else SILENT


def _answers() -> bool:
    """Ask the hub once for anything, without the client's retries; a name that is looked up for long counts too."""
    # Imported here: only what asks the hub needs its client, and every page and command imports this package.
    from huggingface_hub import constants
    from huggingface_hub.errors import HTTPError
    from huggingface_hub.utils import get_session

    found = threading.Event()

    def ask() -> None:
        try:
            get_session().head(constants.ENDPOINT, timeout=PATIENCE_SECONDS)
        except (HTTPError, OSError, ValueError):
            return
        found.set()

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE_SECONDS)
    return found.is_set()


@contextmanager
def unasked(*, when: bool) -> Iterator[None]:
    """Let no library ask the hub meanwhile: some do for files that need not be there, whatever they are told."""
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or when
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


@dataclass(frozen=True)
class Published:
    """Files of a data set on the Hugging Face hub."""

    repository: str
    revision: str
    """Commit, so that the same name always gives the same bytes."""

    files: tuple[str, ...]
    """Paths in the repository."""

    def fetch(self, *, offline: bool, token: str | None) -> Path:
        """Download the files, or find them in the hub's cache.

        Parameters
        ----------
        offline : bool
            Only look into the cache.
        token : str or None
            For gated repositories.

        Returns
        -------
        Path
            Folder that holds the files, or the file if it is one.

        Raises
        ------
        InputError
            If the files are neither reachable nor cached.
        """
        what = f"{self.repository} at revision {self.revision[:12]}"
        advice = f"download {', '.join(self.files)} elsewhere and give their folder with --path"
        there = _cached(self.repository, self.revision, self.files)
        if there is None:
            why = silence(offline=offline)
            if why is not None:
                raise InputError(f"{what} is not on this machine and {why}; {advice}")
            with _in_words(self.repository, what, advice):
                there = _download(self.repository, self.revision, self.files, token)
        missing = [name for name in self.files if not (there / name).is_file()]
        if missing:
            raise InputError(f"{what} came without {', '.join(missing)}; {advice}")
        return there if len(self.files) > 1 else there / self.files[0]


class Reference(NamedTuple):
    """A data set on the hub, as a user names it."""

    repository: str
    revision: str | None
    part: str | None
    """File or folder in the repository."""

    @property
    def location(self) -> str:
        """How it is written, without the revision."""
        return f"{PREFIX}{self.repository}{f':{self.part}' if self.part else ''}"


class Fetched(NamedTuple):
    """Files that lie on this machine for as long as they are read."""

    path: Path
    reference: Reference
    """What was read, the part named."""

    commit: str
    note: str | None


def reference_of(path: Path | None) -> Reference | None:
    """Read ``hub:OWNER/NAME[@REVISION][:PART]``; None for a path of this machine.

    Raises
    ------
    InputError
        If it begins so and is not of that form.
    """
    text = "" if path is None else path.as_posix()
    if not text.startswith(PREFIX):
        return None
    found = _REFERENCE.fullmatch(text.removeprefix(PREFIX))
    if found is None or ".." in text:
        raise InputError(f"{text} names no data set on the hub: write {_FORM}")
    return Reference(found["repository"], found["revision"], found["part"])


@contextmanager
def fetched(asked: Reference, *, needs: Sequence[str], offline: bool, token: str | None) -> Iterator[Fetched]:
    """Fetch the files of one table from a repository, at the commit that its revision means now.

    Parameters
    ----------
    needs : sequence of str
        Names of files that belong together; empty if it is one table: the only one, that of the split ``train``, or
        the part that is named.
    offline, token
        As in `Published.fetch`.

    Yields
    ------
    Fetched
        The file, or a folder with nothing but its files.

    Raises
    ------
    InputError
        If the hub does not give them, or it is not clear which file is meant; some are named.
    """
    what = f"data set {asked.repository}{f' at {asked.revision}' if asked.revision else ''}"
    advice = "download the file elsewhere and give it with --path"
    why = silence(offline=offline)
    if why is not None:
        snapshot = _cached(asked.repository, asked.revision, ())
        if snapshot is None:
            raise InputError(f"{what} is not on this machine and {why}; {advice}")
        listed = [one.relative_to(snapshot).as_posix() for one in snapshot.rglob("*") if one.is_file()]
        files, part, note = _table_of(asked, listed, needs)
    else:
        with _in_words(asked.repository, what, advice):
            files, part, note = _table_of(asked, _listed(asked, token), needs)
            snapshot = _download(asked.repository, asked.revision, files, token)
    reference, commit = asked._replace(part=part), snapshot.name
    if len(files) == 1:
        yield Fetched(snapshot / files[0], reference, commit, note)
        return
    # The hub's cache keeps what was fetched before beside them.
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / PurePosixPath(part or asked.repository).name
        folder.mkdir()
        for number, name in enumerate(files):
            shard = PurePosixPath(name).name if needs else f"{number:05}-{PurePosixPath(name).name}"
            (folder / shard).symlink_to((snapshot / name).resolve())
        yield Fetched(folder, reference, commit, note)


def _table_of(
    asked: Reference, listed: Sequence[str], needs: Sequence[str]
) -> tuple[list[str], str | None, str | None]:
    """Choose the files of one table: their paths, the part they are, and what a user should know."""
    part = asked.part
    folder = f"{(part or '').rstrip('/')}/"
    inside = [
        name for name in listed if part in (None, name, _SHARD.sub("", name)) or (part and name.startswith(folder))
    ]
    if needs:
        return [name for name in inside if PurePosixPath(name).name in needs], part, None
    tables: dict[str, list[str]] = {}
    for name in sorted(inside):
        if name == part or _is_data(name):
            tables.setdefault(name if name == part else _SHARD.sub("", name), []).append(name)
    if not tables:
        raise InputError(f"{asked.location} holds no table: found are {some(listed, NAMED)}; name a file: {_FORM}")
    train = [key for key in tables if PurePosixPath(key).name.startswith("train")]
    chosen = next(iter(tables)) if len(tables) == 1 else train[0] if len(train) == 1 else None
    if chosen is None:
        raise InputError(
            f"{asked.location} holds {len(tables)} tables: name one, for example {PREFIX}{asked.repository}:"
            f"{tables[next(iter(tables))][0]}; found are {some(list(tables), NAMED)}"
        )
    others = [key for key in tables if key != chosen]
    note = f"Of {asked.repository} {chosen} is read, not {some(others, NAMED)}." if others else None
    files = tables[chosen]
    return files, files[0] if len(files) == 1 else chosen, note


def _is_data(name: str) -> bool:
    path = PurePosixPath(name)
    stem = path.name.lower()
    for packed in _PACKED:
        stem = stem.removesuffix(packed)
    return not any(part.startswith(".") for part in path.parts) and stem.endswith(_DATA)


def _listed(asked: Reference, token: str | None) -> list[str]:
    """Return the files of a revision."""
    from huggingface_hub import HfApi

    info = HfApi(token=token).dataset_info(asked.repository, revision=asked.revision)
    return [one.rfilename for one in info.siblings or []]


def _download(repository: str, revision: str | None, files: Sequence[str], token: str | None) -> Path:
    from huggingface_hub import snapshot_download

    escaped = [re.sub(r"([\[*?])", r"[\1]", name) for name in files]
    return Path(
        snapshot_download(repository, repo_type="dataset", revision=revision, allow_patterns=escaped, token=token)
    )


def _cached(repository: str, revision: str | None, files: Sequence[str]) -> Path | None:
    """Return the folder of a revision in the hub's cache if it holds the files; others of it may be missing."""
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    folder = Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repository, repo_type="dataset")
    named = folder / "refs" / (revision or "main")
    commit = named.read_text().strip() if named.is_file() else revision
    snapshot = folder / "snapshots" / (commit or "none")
    return snapshot if snapshot.is_dir() and all((snapshot / name).is_file() for name in files) else None


@contextmanager
def _in_words(repository: str, what: str, advice: str) -> Iterator[None]:
    """Turn what the hub's client raises into one sentence."""
    from huggingface_hub.errors import GatedRepoError, HTTPError, RepositoryNotFoundError, RevisionNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise InputError(
            f"{repository} asks for an account: accept its terms on the hub and set HF_TOKEN, or {advice}"
        ) from error
    except (RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise InputError(f"{what} is not on the hub, or not public; {advice}") from error
    except (OSError, HTTPError) as error:
        raise InputError(
            f"{what} is not on this machine and the hub did not answer ({type(error).__name__}); {advice}"
        ) from error
