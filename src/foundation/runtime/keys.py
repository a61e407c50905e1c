"""Secrets of one installation, made at the first start and kept outside the database (reliability.md P2).

`DATA/keys.json` holds: `django` (signing), `derive` (one-time secrets of letters), `field` (AES-256 keys by id, newest
first), `index` (HMAC keys by id, newest first), `database` (passwords of the embedded server's roles).
`DATA/keys.json.made` remembers that there were keys, so that a lost file is not taken for a first start.
"""

from __future__ import annotations

import fcntl
import functools
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from foundation.runtime.environment import config


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """All secrets of the installation; field and index keys newest first."""

    django: str
    derive: bytes
    field: tuple[tuple[int, bytes], ...]
    index: tuple[tuple[int, bytes], ...]
    database: dict[str, str]

    def __repr__(self) -> str:
        return "Keys(…)"


def _fresh() -> dict[str, object]:
    return {
        "django": secrets.token_urlsafe(48),
        "derive": secrets.token_hex(32),
        "field": {"1": secrets.token_hex(32)},
        "index": {"1": secrets.token_hex(32)},
        "database": {name: secrets.token_urlsafe(24) for name in ("admin", "owner", "web")},
    }


def keys_file() -> Path:
    """Where the secrets are kept."""
    return config().keys_path


class KeysMissing(Exception):
    """There were secrets here and the file is gone; new ones would open nothing that was written before."""


def read_keys(path: Path) -> Keys:
    """Read the secrets, making them at the first start. Safe when several processes start at once.

    Raises KeysMissing: people who are signed in by new keys would neither be found nor read.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    made = path.with_name(f"{path.name}.made")
    with (path.parent / "keys.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            if made.exists():
                raise KeysMissing(
                    f"{path} is missing. Without it no personal data can be read: restore it from its own backup. "
                    f"To begin anew with an empty database, remove {made} as well."
                )
            write_keys(path, _fresh())
        if not made.exists():
            made.touch(mode=0o600)
    raw = json.loads(path.read_text())
    return Keys(
        django=raw["django"],
        derive=bytes.fromhex(raw["derive"]),
        field=_newest_first(raw["field"]),
        index=_newest_first(raw["index"]),
        database=raw["database"],
    )


def write_keys(path: Path, raw: dict[str, object]) -> None:
    """Replace the file in one step, readable by its owner only."""
    new = path.with_suffix(".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(raw, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _newest_first(raw: dict[str, str]) -> tuple[tuple[int, bytes], ...]:
    return tuple(sorted(((int(number), bytes.fromhex(key)) for number, key in raw.items()), reverse=True))


def keys() -> Keys:
    """The secrets of this installation. A file that was changed by a rotation is read again."""
    path = keys_file()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        changed = 0
    return _kept(path, changed) if changed else read_keys(path)


@functools.lru_cache(maxsize=2)
def _kept(path: Path, changed: int) -> Keys:
    return read_keys(path)


def add_keys(*, field: bytes, index: bytes) -> None:
    """Put new keys in front of the others; from now on they are used for writing."""
    path = keys_file()
    raw = json.loads(path.read_text())
    for name, key in (("field", field), ("index", index)):
        raw[name][str(max(map(int, raw[name])) + 1)] = key.hex()
    write_keys(path, raw)


def drop_keys() -> int:
    """Forget all keys but the newest. Returns how many are gone."""
    path = keys_file()
    raw = json.loads(path.read_text())
    gone = 0
    for name in ("field", "index"):
        newest = str(max(map(int, raw[name])))
        gone += len(raw[name]) - 1
        raw[name] = {newest: raw[name][newest]}
    write_keys(path, raw)
    return gone
