"""Communities other than countries: any survey answer of a person, alone or combined with others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import pandas as pd

from scpo.data.countries import PREFER_NOT_TO_SAY, display_name
from scpo.data.tables import PAIRS, USERS, Tables
from scpo.errors import InputError
from scpo.words import counted, joined, parts, some

COUNTRY, RESIDENCE = "country", "reside_country"
"""`country` in a list of columns is the country; where the community is something else, it is kept as `RESIDENCE`."""

SEPARATOR = " / "
NOTE = "Communities: "
"""How the note about communities begins; a later regrouping replaces it."""

NAMED = 5
"""At most this many small combinations are named in a note; the rest is counted."""


class People(Protocol):
    """Anything with the tables users and pairs."""

    @property
    def users(self) -> pd.DataFrame:
        """Return the table users."""

    @property
    def pairs(self) -> pd.DataFrame:
        """Return the table pairs."""


def group_columns(group: str) -> list[str]:
    """Split the option ``--group``: ``country,gender`` gives both names; a name with a comma needs double quotes.

    Raises
    ------
    InputError
        If no column or a column twice is named.
    """
    columns = parts(group)
    if not columns or len(set(columns)) < len(columns):
        raise InputError(f"--group {group!r} must name one column, or several different ones separated by commas")
    return columns


def survey_columns(tables: People, *, group: str) -> list[str]:
    """List what may be a community of people: the country and survey answers; facets where each pair is a person's own.

    Parameters
    ----------
    tables : Tables or Dataset
        With any community.
    group : str
        What the community is now: ``"country"``, or the columns it was made of.
    """
    users = [name for name in tables.users.columns if name not in {*USERS.columns, RESIDENCE}]
    facets = _facets(tables) if tables.pairs["user_id"].is_unique else []
    known = group == COUNTRY or RESIDENCE in tables.users.columns
    return list(dict.fromkeys([*([COUNTRY] if known else []), *users, *facets]))


def _facets(tables: People) -> list[str]:
    return [name for name in tables.pairs.columns if name not in {*PAIRS.columns, "split"}]


def facet_names(tables: People, *, group: str) -> list[str]:
    """List the columns that tell people or pairs of a community apart: survey answers, and facets of pairs.

    Parameters
    ----------
    tables, group
        See `survey_columns`. What the community is made of is no facet of it.
    """
    found = [*survey_columns(tables, group=group), *_facets(tables)]
    return [name for name in dict.fromkeys(found) if name not in group_columns(group)]


def facet_values(tables: People, name: str, *, group: str) -> pd.Series:
    """Return the value of a facet per pair, None where it is not known or nobody wanted to say.

    Raises
    ------
    InputError
        If there is no such facet.
    """
    known = facet_names(tables, group=group)
    if name not in known:
        raise InputError(f"there is no facet {name!r}; there are: {', '.join(known) or 'none in this data set'}")
    return _labels([_answers(tables, name, group=group)], [name])


def community_sizes(tables: Tables, *, group: str) -> dict[str, pd.Series]:
    """Count the users with pairs per answer of each column that may be a community: column -> answer -> users."""
    user_id = tables.pairs["user_id"]
    return {
        name: answers.groupby(answers).size().sort_values(ascending=False)
        for name, answers in (
            (name, _distinct(user_id, _answers(tables, name, group=group)))
            for name in survey_columns(tables, group=group)
        )
    }


def _distinct(user_id: pd.Series, answers: pd.Series) -> pd.Series:
    return pd.DataFrame({"user": user_id, "answer": answers}).dropna().drop_duplicates()["answer"]


def regrouped(tables: Tables, columns: Sequence[str], *, group: str = COUNTRY, least_users: int) -> Tables:
    """Make other communities of the same people and pairs.

    Parameters
    ----------
    tables : Tables
        As a loader returns them, or as stored.
    columns : sequence of str
        Names from `survey_columns`, or facets of pairs. One is taken as it is. Of several every combination is a
        community, named ``"Chile / Female"``, if at least `least_users` users with pairs are in it.
    group : str
        What the community of `tables` is: ``"country"``, or the columns it was made of.
    least_users : int
        Users with pairs that a combination needs; smaller ones belong to no community.

    Returns
    -------
    Tables
        With another `country` in users and pairs; the country of residence stays in users as `reside_country`. Who
        gave no answer, or `Prefer not to say`, has no community. The report has a note about it.

    Raises
    ------
    InputError
        If a column does not exist, or nobody is in any community.
    """
    known = list(dict.fromkeys([*survey_columns(tables, group=group), *_facets(tables)]))
    for name in columns:
        if name not in known:
            there_are = ", ".join(joined([one]) for one in known)
            raise InputError(f"there is no survey answer {name!r} to group by; there are: {there_are}")
    users, pairs = tables.users.copy(), tables.pairs.copy()
    if group == COUNTRY:
        users[RESIDENCE] = users["country"]
    parts = [_answers(tables, name, group=group) for name in columns]
    label = _labels(parts, columns)
    sizes = _distinct(pairs["user_id"], label).value_counts()
    small = sorted(sizes.index[sizes < least_users]) if len(columns) > 1 else []
    pairs["country"] = label.where(~label.isin(small), None).astype(object)
    if not pairs["country"].notna().any():
        raise InputError(
            f"no community is left: {' with '.join(columns)} has {counted(len(sizes), 'value')}, none with "
            f"{least_users} users"
        )
    users["country"] = _community_of_users(tables, pairs, columns, group=group, small=small)
    before = [note for note in tables.report.notes if not note.startswith(NOTE)]
    note = _note(columns, pairs, label, sizes, small, least_users)
    report = tables.report.model_copy(update={"notes": [*before, note]})
    return replace(tables, users=users, pairs=pairs, report=report, truth={})


def _answers(tables: People, name: str, *, group: str) -> pd.Series:
    """Answer per pair; None where there is none."""
    if name == COUNTRY and group == COUNTRY:
        return tables.pairs["country"]
    name = RESIDENCE if name == COUNTRY else name
    if name in tables.users.columns:
        return tables.pairs["user_id"].map(tables.users.set_index("user_id")[name])
    return tables.pairs[name]


def _labels(parts: Sequence[pd.Series], columns: Sequence[str]) -> pd.Series:
    """Join the answers; a country is its code where it stands alone, and its name in a combination."""
    cleaned = [part.where(part != PREFER_NOT_TO_SAY, None).astype(object) for part in parts]
    if len(cleaned) == 1:
        return cleaned[0]
    named = [
        part.map(display_name, na_action="ignore") if name == COUNTRY else part
        for part, name in zip(cleaned, columns, strict=True)
    ]
    frame = pd.concat(named, axis=1)
    complete = frame.notna().all(axis=1)
    joined = pd.Series(None, index=frame.index, dtype=object)
    joined[complete] = frame[complete].astype("str").agg(SEPARATOR.join, axis=1)
    return joined


def _community_of_users(
    tables: Tables, pairs: pd.DataFrame, columns: Sequence[str], *, group: str, small: Sequence[str]
) -> pd.Series:
    """Community per user: their own answers; where a column belongs to pairs, the most frequent one of their pairs."""
    users = tables.users
    own = {**{name: users[name] for name in users.columns}, COUNTRY: users["country"]}
    if group != COUNTRY and RESIDENCE in users.columns:
        own[COUNTRY] = users[RESIDENCE]
    if all(name in own for name in columns):
        label = _labels([own[name] for name in columns], columns)
        return label.where(~label.isin(small), None).astype(object)
    counts = pairs.dropna(subset="country").groupby(["user_id", "country"]).size().rename("n").reset_index()
    most = counts.sort_values(["n", "country"], ascending=[False, True]).drop_duplicates("user_id")
    found = users["user_id"].map(most.set_index("user_id")["country"])
    return found.astype(object).where(found.notna(), None)


def _note(
    columns: Sequence[str], pairs: pd.DataFrame, label: pd.Series, sizes: pd.Series, small: list[str], least: int
) -> str:
    words = [f"{NOTE}{counted(len(sizes) - len(small), 'value')} of {' with '.join(columns)}"]
    unknown = pairs.loc[label.isna(), "user_id"].nunique()
    if unknown:
        words.append(f"{counted(unknown, 'user')} with pairs gave no answer and joined no community")
    if small:
        words.append(
            f"{counted(len(small), 'combination')} of fewer than {least} users "
            f"({counted(sizes[small].sum(), 'user')} in all) made no community: {some(small, NAMED)}"
        )
    return "; ".join(words) + "."
