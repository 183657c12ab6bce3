"""Options that several commands share, and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Pairs
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ConfigDict, TypeAdapter, ValidationError

from scpo import config
from scpo.cli import asked
from scpo.cli.console import Follower, as_list, say
from scpo.config import Context
from scpo.data.limits import LIMITS
from scpo.data.sources import SOURCES
from scpo.errors import InputError
from scpo.measures.frontier import RULES, Rule
from scpo.methods import known_method
from scpo.models import LAYOUTS, MARGIN
from scpo.settings import Settings, load_settings
from scpo.store.cache import Store

if TYPE_CHECKING:
    from scpo.results import Scored


def within(bound: Any) -> Callable[[Any], Any]:
    """Return what checks the value of an option: finite, and within a bound of `scpo.config`."""
    adapter: TypeAdapter[Any] = TypeAdapter(bound, config=ConfigDict(allow_inf_nan=False))

    def check(value: Any) -> Any:
        try:
            return value if value is None else adapter.validate_python(value)
        except ValidationError as error:
            raise typer.BadParameter(f"{error.errors()[0]['msg']}, and not {value}.") from None

    return check


QUOTED = "a name with a comma stands in double quotes"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Data = Annotated[str, typer.Option("--data", help="Name of a registered data set.")]
Model = Annotated[
    str, typer.Option("--model", help="Model: registry name, hub id[@revision], folder, trained name, or run:RUN.")
]
Layout = Annotated[
    str | None,
    typer.Option(help=f"Plain text for a model without a chat template: {', '.join(LAYOUTS)}."),
]
Output = Annotated[
    str | None,
    typer.Option(help=f"Which of several outputs is the reward: its number from 0, or {MARGIN} (1 minus 0)."),
]
Source = Annotated[str, typer.Option("--source", help=f"{', '.join(SOURCES)}.")]
PathOption = Annotated[
    Path | None,
    typer.Option("--path", help="File or folder, or hub:OWNER/NAME[@REVISION][:FILE]; without it the hub is asked."),
]
Mapping = Annotated[
    list[str] | None,
    typer.Option("--map", help="canonical=column, may be repeated; without a column: not in the file."),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group",
        help=f"Column that holds the community, labels as they are; or country,gender; {QUOTED}.",
    ),
]
Winner = Annotated[
    str | None,
    typer.Option("--winner", help="What the values of a winner mean: 0=a,1=b,2=tie; or signed (below zero is a)."),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        help="Read more: rows=N, cells=N, columns=N, megabytes=N, row_megabytes=N or seconds=N (may be repeated; "
        f"at most {LIMITS} otherwise).",
    ),
]
MaxLength = Annotated[
    int | None, typer.Option("--max-length", help="Longest text in tokens.", callback=within(config.Length))
]
Level = Annotated[float, typer.Option("--level", help="Confidence level.", callback=within(config.Level))]
Eps = Annotated[
    float, typer.Option(help="All-country loss that max_true_country accepts.", callback=within(config.Tolerance))
]
Seed = Annotated[int, typer.Option(help="Seed of what is drawn at random.", callback=within(config.Seed))]
ReadContext = Annotated[
    Context | None,
    typer.Option("--context", help="What of a conversation is read; as the model was trained if not given."),
]
Countries = Annotated[
    str | None,
    typer.Option("--countries", help=f"Countries, comma separated; codes or names; {QUOTED}."),
]


Study = Annotated[str | None, typer.Option("--study", help="Only the runs of this study.")]


def no_run(data: str, model: str) -> InputError:
    """Say that a model has no finished run on a data set."""
    return InputError(f"no finished run of {data} with {model}: `scpo study --data {data} --model {model}` makes them")


def store_and_settings(*, writes: bool = False) -> tuple[Store, Settings]:
    """Open the cache that the environment names, with the line in the audit of the command that asks for it.

    Raises
    ------
    InputError
        If it cannot lie there, or the command `writes` where nothing may be changed.
    """
    settings = load_settings()
    store = Store(settings.cache_dir)
    store.check_place(writes=writes)
    if writes and settings.read_only:
        raise InputError("SCPO_READ_ONLY is set: this command would compute and store something; unset it to go on")
    asked.write_line(store, settings, writes=writes)
    return store, settings


@contextmanager
def following(
    store: Store, settings: Settings, name: str, title: str, *, dataset: str, model: str, keep: bool = False
) -> Iterator[Follower]:
    """Show how far work is, also to pages where anything may be written; they `keep` the end of some."""
    from scpo.jobs.signs import Signing

    writes = not settings.read_only
    signs = Signing(store, name, title, dataset=dataset, model=model, keep=keep) if writes else nullcontext()
    with signs as sign, Follower(sign) as follow:
        yield follow


def load_scored(store: Store, data: str, model: str) -> Scored:
    """Read a data set with its scores under a model, and say how many pairs the model cannot tell apart."""
    from scpo.results import load_scored as load

    scored = load(store, data, model)
    if scored.equal_note is not None:
        say(scored.equal_note)
    return scored


def missing_runs(store: Store, scored: Scored, *, study: str | None = None) -> dict[str, str]:
    """Return which finished runs are missing and why, for a document, and say so on stderr."""
    from scpo.results.missing import missing_runs as find

    found = find(store, scored, study=study)
    say_missing(found)
    return found


def say_missing(missing: Pairs[str, str]) -> None:
    """Name on stderr the finished runs that numbers should rest on and do not."""
    for sentence in missing.values():
        say(f"missing: {sentence}")


def country_codes(text: str | None, store: Store, data: str) -> list[str]:
    """Read a list of communities as the data set spells them; country names become codes."""
    from scpo.data.countries import resolve_country
    from scpo.store.datasets import load_info

    group = load_info(store, data).group if data in store.names("datasets") else "country"
    return [resolve_country(item) if group == "country" else item for item in as_list(text)]


def say_broken(store: Store, *kinds: str) -> None:
    """Name on stderr the entries that a list leaves out because they cannot be read."""
    from scpo.store.broken import broken_entries

    for sentence in broken_entries(store, kinds).values():
        say(f"left out: {sentence}")


def column_mapping(items: list[str] | None) -> dict[str, str]:
    broken = [item for item in items or [] if "=" not in item]
    if broken:
        raise InputError(f"--map {broken[0]} is not of the form canonical=column, for example --map prompt=question")
    return dict(item.split("=", 1) for item in items or [])


def methods_in(text: str | None) -> tuple[str, ...]:
    """Read a list of methods."""
    return tuple(known_method(method) for method in as_list(text))


def known_rule(text: str) -> Rule:
    """Check the name of the rule by which a setting is chosen."""
    if text not in RULES:
        raise InputError(f"no rule {text!r}: known are {', '.join(RULES)}")
    return text
