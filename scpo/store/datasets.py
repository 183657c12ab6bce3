"""Registered data sets: tables plus `dataset.json`, one folder each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from scpo.config import SplitConfig, content_key
from scpo.data import tables as schemas
from scpo.data.choice_weight import ChoiceWeight, with_choice_weight
from scpo.data.prompts import kept_on_one_side, shared_note
from scpo.data.sources import SOURCES, known_source
from scpo.data.splits import assign_split
from scpo.data.tables import DatasetInfo, Tables, validate
from scpo.errors import InputError, StoreError
from scpo.store.cache import Store, now, write_sealed
from scpo.store.survey import survey
from scpo.words import counted

RECORD = "dataset.json"
SCHEMAS = {
    "users": schemas.USERS,
    "utterances": schemas.UTTERANCES,
    "pairs": schemas.PAIRS,
    "opinions": schemas.OPINIONS,
}


@dataclass(frozen=True)
class Dataset:
    """A registered data set, read into memory."""

    info: DatasetInfo
    users: pd.DataFrame
    utterances: pd.DataFrame
    pairs: pd.DataFrame
    """With the column `split` of the pair's user added."""

    @property
    def countries(self) -> list[str]:
        """Communities that have pairs, sorted."""
        return sorted(self.pairs["country"].dropna().unique())

    def check(self, countries: Iterable[str]) -> None:
        """Refuse communities without pairs.

        Raises
        ------
        InputError
            If there is one; it says which there are.
        """
        known = self.countries
        unknown = [country for country in countries if country not in known]
        if unknown:
            has = f"it has {', '.join(known)}" if known else "no pair of it says from where it is"
            raise InputError(f"{self.info.name} has no pairs from {', '.join(unknown)}: {has}")


def register(
    store: Store,
    name: str,
    loaded: Tables,
    *,
    source: str,
    location: str,
    split: SplitConfig,
    licence: str,
    citation: str | None = None,
    revision: str | None = None,
    group: str = "country",
    choice_weight: ChoiceWeight = "per-pair",
    keep: Callable[[Path], None] = lambda folder: None,
) -> DatasetInfo:
    """Store the tables of a loader under a name; users that are split already keep their split.

    `keep` may write more into the folder before it is finished.

    Raises
    ------
    InputError
        If another data set has this name already.
    """
    users = loaded.users
    if "split" not in users.columns:
        users = assign_split(users, split, with_pairs=set(loaded.pairs["user_id"]))
        loaded = _by_prompt(loaded, users, split)
        if choice_weight == "per-choice":
            loaded = with_choice_weight(loaded)
    tables = {"users": users, "utterances": loaded.utterances, "pairs": loaded.pairs}
    if loaded.opinions is not None:
        tables["opinions"] = loaded.opinions
    target = store.folder("datasets", name)
    with store.writing(target, record=RECORD) as folder:
        (folder / "tables").mkdir()
        sha256 = {
            table: store.write_table(folder / "tables" / f"{table}.parquet", validate(frame, SCHEMAS[table], table))
            for table, frame in tables.items()
        }
        info = DatasetInfo(
            name=name,
            source=source,
            location=location,
            revision=revision,
            group=group,
            choice_weight=choice_weight,
            licence=licence,
            citation=citation,
            synthetic=known_source(source).synthetic,
            split=split,
            counts={table: len(frame) for table, frame in tables.items()},
            users_per_country=_counts(loaded.pairs.drop_duplicates(["user_id", "country"])["country"]),
            pairs_per_country=_counts(loaded.pairs["country"]),
            sha256=sha256,
            key=content_key("dataset", {"tables": sha256}),
            created_at=now(),
            report=loaded.report,
        )
        written = info.model_dump(mode="json")
        write_sealed(folder / RECORD, written)
        keep(folder)
        if loaded.truth:
            write_sealed(folder / "truth.json", loaded.truth)
        if (target / RECORD).is_file():
            if load_info(store, name).key != info.key:
                raise InputError(f"a data set named {name} exists already with other content: choose another name")
            write_sealed(target / RECORD, written)  # the tables are the same; what is known about them may be newer
    return info


def _by_prompt(loaded: Tables, users: pd.DataFrame, split: SplitConfig) -> Tables:
    """Keep prompts apart where the split asks for it; say where they are not."""
    tested = loaded.pairs["user_id"].isin(users.loc[users["split"] == "test", "user_id"]).to_numpy(dtype=bool)
    pairs = loaded.pairs
    if split.kind == "prompts":
        kept = kept_on_one_side(loaded, tested, split)
        pairs = pairs[kept].reset_index(drop=True)
        note = f"{counted(int((~kept).sum()), 'pair')} left out, so that no prompt is in training and in test."
        if not (tested & kept).any() or not (~tested & kept).any():
            raise InputError("with no prompt on both sides of the split one side is empty: use --split stratified")
    else:
        found = shared_note(loaded, tested)
        if found is None:
            return loaded
        note = found
    report = loaded.report.model_copy(update={"notes": [*loaded.report.notes, note], "pairs": len(pairs)})
    return replace(loaded, pairs=pairs, report=report)


def load_info(store: Store, name: str) -> DatasetInfo:
    """Read what is known about a registered data set.

    Raises
    ------
    InputError
        If there is no data set of this name; the message lists the names.
    StoreError
        If it is broken, or comes from a source that this version does not know.
    """
    path = store.folder("datasets", name) / RECORD
    if not path.parent.is_dir():
        known = ", ".join(info.name for info in list_infos(store)) or "none yet"
        raise InputError(f"no data set named {name}: known are {known}; `scpo data add {name} --source ...` adds one")
    info = store.read_record(path, DatasetInfo, what=f"data set {name}")
    if info.source not in SOURCES:
        raise StoreError(
            f"data set {name} comes from a source that this scpo does not know, {info.source}: update scpo"
        )
    if info.name != name:
        raise store.broken(path, f"is the record of {info.name}")
    return info


def list_infos(store: Store) -> list[DatasetInfo]:
    """List the registered data sets by name; what is broken is left out, and named by `scpo.store.broken`."""
    return survey(store, "datasets", partial(load_info, store))[0]


def load_dataset(store: Store, name: str) -> Dataset:
    """Read a registered data set, checked; the pairs get the `split` of their user."""
    info = load_info(store, name)
    entry = store.folder("datasets", name)
    users, utterances, pairs = (
        store.read_table(_path(entry, table), SCHEMAS[table], sha256=info.sha256[table])
        for table in ("users", "utterances", "pairs")
    )
    split = users.set_index("user_id")["split"]
    return Dataset(info, users, utterances, pairs.assign(split=pairs["user_id"].map(split)))


def load_tables(store: Store, name: str) -> Tables:
    """Read the tables of a registered data set as they are stored, checked."""
    info = load_info(store, name)
    entry = store.folder("datasets", name)
    found: dict[str, Any] = {
        table: store.read_table(_path(entry, table), SCHEMAS[table], sha256=sha256)
        for table, sha256 in info.sha256.items()
    }
    return Tables(**found, report=info.report)


def load_opinions(store: Store, name: str) -> pd.DataFrame:
    """Read the answer shares of a registered data set, checked: rows of OPINIONS.

    Raises
    ------
    InputError
        If the data set holds no answer shares.
    """
    info = load_info(store, name)
    if "opinions" not in info.sha256:
        raise InputError(
            f"{name} holds no survey answers: `scpo data add NAME --source global-opinions --path FILE.csv` adds some, "
            "--source opinions-long those of other surveys"
        )
    entry = store.folder("datasets", name)
    return store.read_table(_path(entry, "opinions"), SCHEMAS["opinions"], sha256=info.sha256["opinions"])


def _path(entry: Path, table: str) -> Path:
    return entry / "tables" / f"{table}.parquet"


def _counts(column: pd.Series) -> dict[str, int]:
    return {str(label): int(n) for label, n in column.dropna().value_counts().sort_index().items()}
