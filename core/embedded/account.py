"""Which account the servers run as. PostgreSQL refuses root; anyone else runs it as themselves."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from core.embedded.refusal import StartRefused

PREFERRED = ("callout", "postgres", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of the machine, with a passwd entry (initdb looks its own name up)."""

    name: str
    uid: int
    gid: int


def server_account(data_dir: Path) -> Account | None:
    """The account for the servers, or None to run them as ourselves (we are not root).

    A data directory keeps the account it was made with: an account added to the machine later must not change it.
    """
    if os.geteuid() != 0:
        return None
    kept = _owner(data_dir / "postgres")
    if kept is not None and kept.uid != 0:
        return kept
    for name in PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StartRefused(f"PostgreSQL does not run as root and the machine has none of the accounts {', '.join(PREFERRED)}: add one of them")


def _owner(path: Path) -> Account | None:
    try:
        uid = path.stat().st_uid
    except FileNotFoundError:
        return None
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise StartRefused(f"{path} belongs to uid {uid}, which has no account on this machine: give it to an existing one") from None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def make_directory(path: Path, account: Account | None, mode: int = 0o700) -> Path:
    """Make the directory (not its parents) for the account. An existing one must already be its own; it is never changed."""
    owner = account.uid if account else os.geteuid()
    try:
        path.mkdir(mode=mode)
    except FileExistsError:
        if path.is_symlink() or not path.is_dir() or path.stat().st_uid != owner:
            raise StartRefused(f"{path} is not a directory of uid {owner}: move it away") from None
        return path
    path.chmod(mode)
    if account:
        os.chown(path, account.uid, account.gid)
    return path


def reachable(path: Path, account: Account) -> bool:
    """Whether the account may enter (or execute) `path` and every directory on the way (by mode bits; ACLs are not looked at)."""
    place = path.resolve()
    return all(_may_enter(step.stat(), account) for step in (place, *place.parents))


def _may_enter(stat: os.stat_result, account: Account) -> bool:
    if stat.st_uid == account.uid:
        return bool(stat.st_mode & 0o100)
    if stat.st_gid == account.gid:
        return bool(stat.st_mode & 0o010)
    return bool(stat.st_mode & 0o001)
