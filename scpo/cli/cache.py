"""``scpo cache``: check every file, mend what can be mended, restore, clear away, and back up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scpo.cli.console import print_json, print_table, say
from scpo.cli.options import Json, store_and_settings
from scpo.errors import StoreError
from scpo.words import counted

app = typer.Typer(
    name="cache", no_args_is_help=True, help="The files of the cache: check, mend, restore, clear away, back up."
)


@app.command("verify")
def cache_verify(json: Json = False) -> None:
    """Check every record, table, array, model and log against its hash; exit code 1 if anything is broken."""
    from scpo.store.housekeeping import quarantined
    from scpo.store.verify import verify

    store, _ = store_and_settings()
    found = verify(store)
    if json:
        aside = [one.path.name for one in quarantined(store)]
        print_json({"findings": [one._asdict() for one in found], "quarantine": aside})
    elif found:
        print_table(["entry", "what is wrong"], [[f"{one.kind}/{one.name}".strip("/"), one.why] for one in found])
    else:
        say(f"nothing is broken in {store.root}")
    if found:
        raise typer.Exit(1)


@app.command("repair")
def cache_repair(json: Json = False) -> None:
    """Rebuild or queue again what is broken, and move what cannot be mended to quarantine; say what became of each."""
    from scpo.work.repair import repair

    store, settings = store_and_settings(writes=True)
    done = repair(store, settings)
    if json:
        print_json([one._asdict() for one in done])
        return
    for one in done:
        say(f"{one.kind}/{one.name}: {one.said}".lstrip("/"))
    say(f"{counted(sum(one.mended for one in done), 'entry', 'entries')} of {len(done)} mended")


@app.command("restore")
def cache_restore(
    which: Annotated[str, typer.Argument(help="KIND/NAME or a name in quarantine, or the file of a backup.")],
) -> None:
    """Bring an entry back from quarantine, or the whole cache from a backup into an empty SCPO_CACHE_DIR."""
    from scpo.store.housekeeping import restore, unpack
    from scpo.store.verify import verify

    store, _ = store_and_settings(writes=True)
    if Path(which).is_file():
        unpack(store, Path(which))
        broken = verify(store)
        say(f"{store.root} is restored from {which}")
    else:
        entry = restore(store, which)
        broken = [one for one in verify(store) if f"{one.kind}/{one.name}" == entry]
        say(f"{entry} is back")
    if broken:
        raise StoreError(f"it is broken as it was: {broken[0].why}")


@app.command("gc")
def cache_gc(
    older_than: Annotated[float, typer.Option("--older-than", min=0, help="Least days in quarantine.")] = 30,
    yes: Annotated[bool, typer.Option("--yes", help="Delete; without it they are only listed.")] = False,
    json: Json = False,
) -> None:
    """List, and with --yes delete, leftovers of killed work and what has long been in quarantine; results stay."""
    from scpo.store.housekeeping import delete, rubbish

    store, _ = store_and_settings(writes=yes)
    found = rubbish(store, older_than_days=older_than)
    for path in found if yes else []:
        delete(path)
    named = [str(path.relative_to(store.root)) for path in found]
    if json:
        print_json({"deleted": yes, "paths": named})
        return
    for name in named:
        say(name)
    say(f"{counted(len(named), 'leftover')} {'deleted' if yes else 'found; --yes deletes'}")


@app.command("backup")
def cache_backup(
    out: Annotated[Path, typer.Argument(help="File to write: .tar, or .tar.gz. `scpo cache restore` reads it.")],
) -> None:
    """Write the whole cache as one tar file; unfinished work, reports and the quarantine stay out."""
    from scpo.store.housekeeping import backup

    store, _ = store_and_settings()
    say(f"{out}: {counted(backup(store, out), 'file')}, {out.stat().st_size / 2**20:.1f} MiB")
