"""Which user a server that refuses to be root runs as."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Identity:
    """How to run such a server: a prefix to its command, or a (uid, gid) to become."""

    prefix: tuple[str, ...] = ()
    user: tuple[int, int] | None = None

    def own(self, directory: Path) -> None:
        """Gives a directory and all that is in it to this identity; as root only."""
        if os.geteuid() == 0:
            uid, gid = self.user or (0, 0)
            for folder, _, files in os.walk(directory):
                for path in (Path(folder), *(Path(folder, name) for name in files)):
                    os.chown(path, uid, gid, follow_symlinks=False)


@cache
def unprivileged() -> Identity:
    """An ordinary user is enough. Root enters a user namespace where it isn't root and its files
    stay its own; where namespaces are refused, as in many containers, it becomes `nobody`."""
    if os.geteuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody")
    # Inside it has to be a user that exists: initdb looks up its name.
    namespace = (
        "unshare", "-U", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}", "--"
    )  # fmt: skip
    if shutil.which(namespace[0]) and _succeeds([*namespace, "true"]):
        return Identity(prefix=namespace)
    return Identity(user=(nobody.pw_uid, nobody.pw_gid))


def _succeeds(command: list[str]) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
