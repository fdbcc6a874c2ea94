"""The way back: everything is checked before anything is touched, and what takes the place is whole.

Order: manifest and seal, digests, schema, keys, target; then files (which no row names yet: killed here, they are
orphans and the next run goes on); then the database, at once, with what it owed set aside, people erased since erased
again, and what is past its period purged.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import select

from webapp import revisions
from webapp.confidential.digest import Digester
from webapp.confidential.safe import Safe, SafeError
from webapp.db import Database
from webapp.delivery import outbox
from webapp.delivery.outbox import SetAside
from webapp.safekeeping import disk, manifest
from webapp.safekeeping.copies import Copies
from webapp.safekeeping.disk import Refused
from webapp.safekeeping.manifest import KeyUsed, Manifest, file_part
from webapp.tables import attachment
from webapp.tickets import persons, retention
from webapp.tickets.filestore import Store
from webapp.tickets.retention import Periods, Purged

_BATCH = 200


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What was done after the backup was in place. `erased`: tickets of people erased since, with what went by its
    period in `purged`; `dropped`: their files."""

    deliveries: SetAside
    erased: int
    purged: Purged
    dropped: int = 0


def checked(source: Path, digester: Digester, copies: Copies | None, *, unproved: bool = False) -> Manifest:
    """The manifest of a backup that is whole and that `copies`, when given, can put back here. Errors: ``Refused``."""
    found = manifest.read(source, digester, unproved=unproved)
    for name, part in found.parts.items():
        try:
            same = disk.digested(source / name) == (part.sha256, part.size)
        except OSError:
            same = False
        if not same:
            raise Refused(f"{name} is missing or is not what the manifest says: this backup is damaged")
    known = revisions.known()
    if found.schema not in known:
        raise Refused(
            f"this backup has the tables of revision {found.schema or '?'}, which this release (up to {known[-1]}) does"
            f" not know: restore it with Guichet {found.guichet} or newer"
        )
    if copies is not None:
        if copies.kind != found.database:
            raise Refused(f"this backup is of {found.database}, and GUICHET_DATABASE_URL names {copies.kind}")
        copies.require(found.server, found.tool)
    return found


def missing_keys(found: Manifest, safe: Safe) -> list[str]:
    """Ids of the keys without which something inside stays shut: not at hand, or another key of that name."""
    return [each.id + (" (symmetric)" if each.symmetric else "") for each in found.keys if not _opens(safe, each)]


def _opens(safe: Safe, key: KeyUsed) -> bool:
    try:
        safe.open(key.sample, key.place) if key.symmetric else safe.disclose(key.sample, key.place)
    except SafeError:
        return False
    return True


def require_room(found: Manifest, copies: Copies, store: Store, seal: str, *, replace: bool) -> None:
    """Errors: ``Refused`` when something is there that was not told to be replaced, or that is in use."""
    there = copies.target()
    if replace or there.unfinished == seal:
        return
    if there.tickets is None:
        raise Refused("the database there is damaged; --replace puts it aside")
    if there.tickets:
        raise Refused(f"the database holds {there.tickets} tickets; --replace puts the backup in their place")
    others = [each for each in store.ids() if each not in found.files]
    if others:
        raise Refused(
            f"{store.folder} holds {len(others)} files that are not of this backup; --replace leaves them there"
        )


def restore(
    source: Path,
    found: Manifest,
    copies: Copies,
    database: Database,
    store: Store,
    *,
    now: datetime,
    recognising: Collection[str],
    erased: Sequence[str],
    periods: Periods,
) -> Restored:
    """Put a `checked` backup in place. `recognising`: destinations to which what was owed goes on by itself.

    Killed at any moment, the target is as before or whole, and the same call goes on. Errors: ``Refused``,
    ``DatabaseUnavailable``, ``OSError``.
    """
    for file_id, part in found.files.items():
        if not store.has(file_id, part.size):
            _bring(source / file_part(file_id), store, file_id, part.sha256)

    def finish(database: Database) -> Restored:
        database.upgrade()
        aside = outbox.set_aside(database, recognising)
        again = persons.erase_again(database, erased, now)
        return Restored(deliveries=aside, erased=again, purged=retention.purge(database, now, periods))

    done = copies.restore(source / found.database_part, seal_of(source), finish)
    return msgspec.structs.replace(done, dropped=_drop_unnamed(database, found, store))


def seal_of(source: Path) -> str:
    """What names a backup."""
    return (source / manifest.SEAL).read_text(encoding="ascii").strip()


def _drop_unnamed(database: Database, found: Manifest, store: Store) -> int:
    """Delete the files whose tickets were erased or purged right after the restore; how many."""
    ids, gone = list(found.files), []
    for first in range(0, len(ids), _BATCH):
        some = ids[first : first + _BATCH]
        with database.reading() as connection:
            named = set(connection.scalars(select(attachment.c.id).where(attachment.c.id.in_(some))))
        gone += [each for each in some if each not in named]
    return store.remove(gone)


def _bring(source: Path, store: Store, file_id: str, sha256: str) -> None:
    with store.arrival(file_id) as draft:
        if disk.copied(source, draft)[0] != sha256:
            raise Refused(f"{source.name} changed while it was read")
