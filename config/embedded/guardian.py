"""Runs one command, and ends its whole family once the process that asked for it is gone.

    guardian.py CHANNEL END_SIGNAL GRACE UID:GID|- COMMAND...

CHANNEL is the number of an inherited socket. The guardian writes the command's process id to
it, then delivers each byte that comes back as a signal of that number. The kernel closes the
other end when its owner dies, by kill -9 too: then the command gets END_SIGNAL, and after
GRACE seconds SIGKILL. In all cases nothing of the family is left when the guardian exits.

On Linux the command also gets END_SIGNAL when the guardian itself is killed, and descendants
that left the process group are found, because orphans come back to the guardian. Elsewhere
those two guards are missing.

This is a script for `python -I -S`: standard library only, and little of it, since one runs
beside each process.
"""

import os
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
FORWARDED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _wake_on_signals() -> int:
    """A descriptor on which each signal that arrives is a byte of its number."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    for number in (signal.SIGCHLD, *FORWARDED):
        signal.signal(number, lambda *_: None)
    return reader


def _become(command: list[str], user: str, end: int, guardian: int) -> None:
    """The forked child: becomes the command, or exits with 127."""
    try:
        os.setpgid(0, 0)
        if user != "-":
            uid, gid = (int(part) for part in user.split(":"))
            os.setgroups([])
            os.setgid(gid)
            os.setuid(uid)
        # After setuid, which would clear it.
        _prctl(PR_SET_PDEATHSIG, end)
        if os.getppid() == guardian:
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            os.execvp(command[0], command)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _reap(child: int) -> int | None:
    """Collects what has ended, adopted orphans too; returns the child's exit code if it did."""
    code = None
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == child:
                code = os.waitstatus_to_exitcode(ended[1])
    return code


def _deliver(child: int, signals: bytes) -> None:
    for number in signals:
        if number != signal.SIGCHLD:
            os.kill(child, number)


def _watch(child: int, channel: socket.socket, wake: int, end: int, grace: float) -> int:
    """Waits for the child's end, which the end of the channel brings about."""
    watched: list[int | socket.socket] = [channel, wake]
    kill_at = None
    while (code := _reap(child)) is None:
        patience = None if kill_at is None else max(0.0, kill_at - time.monotonic())
        ready = select.select(watched, [], [], patience)[0]
        if not ready:
            os.kill(child, signal.SIGKILL)
            kill_at = None
        if wake in ready:
            _deliver(child, os.read(wake, 64))
        if channel in ready:
            signals = channel.recv(64)
            if not signals:
                watched.remove(channel)
                kill_at = time.monotonic() + grace
            _deliver(child, signals or bytes([end]))
    return code


def _kill_family(child: int) -> None:
    """Kills what the child left behind: its group, then orphans that had left the group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    with suppress(OSError):
        # Each round may orphan the next generation, which is then ours.
        while pids := children.read_text().split():
            for pid in pids:
                os.kill(int(pid), signal.SIGKILL)
            os.waitpid(-1, 0)


def main(arguments: list[str]) -> int:
    """Guards one command; returns its exit code, 128 and the signal if one ended it."""
    descriptor, end, grace, user, *command = arguments
    os.set_inheritable(int(descriptor), False)
    channel = socket.socket(fileno=int(descriptor))
    wake = _wake_on_signals()
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    guardian = os.getpid()
    child = os.fork()
    if child == 0:
        _become(command, user, int(end), guardian)
    with suppress(OSError):
        channel.send(f"{child}\n".encode())
    code = _watch(child, channel, wake, int(end), float(grace))
    _kill_family(child)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
