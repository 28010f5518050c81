"""What the end-to-end scripts share: where flinch is, how a run is started, watched and cleaned up.

Every run gets a session and an empty directory of its own. The calling process is a subreaper, so a
process that outlives its run becomes our child and is seen, reported and killed.
"""

import ctypes
import dataclasses
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import time
import uuid

E2E = pathlib.Path(__file__).resolve().parent
ROOT = E2E.parent
MARK = "FLINCH_E2E_MARK"
# flinch's own lines on stderr start like this; the rest is the program's.
OWN_LINE = re.compile(rb"^flinch: .*\n?", re.MULTILINE)
INJECTED = re.compile(rb"faults injected (\d+)")
NOTHING_INJECTED = b"NOTHING WAS INJECTED"
PR_SET_CHILD_SUBREAPER = 36


def flinch() -> str:
    """The binary under test: $FLINCH, or the build tree's."""
    path = os.environ.get("FLINCH", str(ROOT / "build/cli/flinch"))
    if not os.access(path, os.X_OK):
        raise SystemExit(f"no flinch at {path}: build it, or set FLINCH=PATH")
    return str(pathlib.Path(path).resolve())


def work_folder() -> pathlib.Path:
    """Inputs and built programs; kept between runs, so that a printed command works when pasted."""
    default = f"{tempfile.gettempdir()}/flinch-e2e-{os.getuid()}"
    folder = pathlib.Path(os.environ.get("FLINCH_E2E_DIR", default))
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise SystemExit(f"{folder} belongs to somebody else: set FLINCH_E2E_DIR")
    return folder


def become_subreaper() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


# ---- processes ---------------------------------------------------------------------------------


def parents() -> dict[int, int]:
    """pid -> ppid of every process that is no zombie."""
    table = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            stat = pathlib.Path("/proc", entry, "stat").read_text(errors="replace")
        except OSError:
            continue
        state, ppid = stat.rpartition(")")[2].split()[:2]
        if state not in "ZX":
            table[int(entry)] = int(ppid)
    return table


def descendants(root: int) -> list[int]:
    table, found, queue = parents(), [], [root]
    while queue:
        current = queue.pop()
        children = [pid for pid, ppid in table.items() if ppid == current]
        found += children
        queue += children
    return found


def marked(mark: str) -> list[int]:
    """Processes whose environment carries the mark of one run, whoever their parent is."""
    needle, found = f"{MARK}={mark}".encode(), []
    for pid in parents():
        try:
            if needle in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                found.append(pid)
        except OSError:
            continue
    return found


def describe(pid: int) -> str:
    try:
        line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        line = b"gone"
    return f"{pid} ({line.decode(errors='replace').strip()[:80]})"


def wait_until(condition, seconds: float) -> bool:
    """Polls, since a process that is not our child cannot be waited for."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0] != 0:
            pass
    except ChildProcessError:
        pass


def end_leftovers(mark: str, grace: float) -> list[str]:
    """Gives what a run left behind a moment to end, kills the rest, and says what it was."""

    def left() -> list[int]:
        reap()
        return sorted(set(descendants(os.getpid())) | set(marked(mark)))

    wait_until(lambda: not left(), grace)
    names = [describe(pid) for pid in left()]
    end = time.monotonic() + 10
    while (pids := left()) and time.monotonic() < end:
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.02)
    return names


# ---- one run -----------------------------------------------------------------------------------


@dataclasses.dataclass
class Outcome:
    status: int  # as Popen gives it: -N for a death by signal N
    out: bytes
    err: bytes
    seconds: float
    timed_out: bool = False
    leftovers: list[str] = dataclasses.field(default_factory=list)

    @property
    def program_err(self) -> bytes:
        return OWN_LINE.sub(b"", self.err)

    @property
    def flinch_err(self) -> bytes:
        return b"".join(OWN_LINE.findall(self.err))

    @property
    def injected(self) -> int | None:
        """What flinch's summary says, or None where it says nothing."""
        match = INJECTED.search(self.flinch_err)
        if match:
            return int(match[1])
        return 0 if NOTHING_INJECTED in self.flinch_err else None


def base_environment(**more: str) -> dict[str, str]:
    """The same for everyone, so that a user's settings change no result."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
    } | more


def run(
    argv, *, env=None, cwd=None, timeout=120.0, stdin=subprocess.DEVNULL, grace=2.0, preexec=None
) -> Outcome:
    """Runs a command to its end. Output is taken from pipes; what is left of its tree is killed."""
    mark = uuid.uuid4().hex
    environment = (env if env is not None else base_environment()) | {MARK: mark}
    begun = time.monotonic()
    process = subprocess.Popen(
        argv,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        cwd=cwd,
        start_new_session=True,
        preexec_fn=preexec,
    )
    timed_out = False
    try:
        out, err = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        timed_out = True
        for pid in {process.pid, *descendants(process.pid), *marked(mark)}:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            out, err = process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = b"", b"(output still held open by something)"
    seconds = time.monotonic() - begun
    leftovers = end_leftovers(mark, 0 if timed_out else grace)
    return Outcome(process.returncode, out, err, seconds, timed_out, leftovers)


def difference(alone: Outcome, under: Outcome, stderr: bool) -> str | None:
    """Why a run under flinch is not what the program does alone; None when it is."""
    if under.timed_out:
        return f"timeout after {under.seconds:.0f} s"
    expected = alone.status if alone.status >= 0 else 128 - alone.status
    if under.status != expected:
        tail = under.err.decode(errors="replace").strip().splitlines()[-1:]
        return f"status {under.status}, alone {expected} {tail}"
    for name, before, after in [
        ("stdout", alone.out, under.out),
        ("stderr", alone.program_err, under.program_err),
    ]:
        if before != after and (name == "stdout" or stderr):
            at = next(
                (i for i, (a, b) in enumerate(zip(before, after)) if a != b),
                min(len(before), len(after)),
            )
            return (
                f"{name}: {len(after)} bytes, alone {len(before)}, first difference at {at}: "
                f"{after[at:at + 60]!r}, alone {before[at:at + 60]!r}"
            )
    if under.leftovers:
        return "left behind: " + ", ".join(under.leftovers)
    return None


def shell_line(argv, environment: dict[str, str], cwd: str = '"$(mktemp -d)"') -> str:
    """A command to paste: fresh folder, the run's environment, the exact arguments."""
    assignments = [f"{key}={value}" for key, value in environment.items() if key != MARK]
    return f"cd {cwd} && {shlex.join(['env', '-i', *assignments, *map(str, argv)])}"


def free_port(near: int) -> int:
    """A port nobody listens on, outside the range that the kernel hands to clients."""
    for port in range(near, near + 500):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise RuntimeError(f"no free port from {near}")


class Tally:
    """Counts and prints: one line a failure, one line at the end."""

    def __init__(self) -> None:
        self.passed = self.failed = self.skipped = 0

    def add(self, name: str, problem: str | None, command: str = "", verbose: str = "") -> None:
        if problem is None:
            self.passed += 1
            if verbose:
                print(f"ok   {name}  {verbose}", flush=True)
            return
        self.failed += 1
        print(f"FAIL {name}: {problem}" + (f"\n     {command}" if command else ""), flush=True)

    def skip(self, name: str, reason: str) -> None:
        self.skipped += 1
        print(f"skip {name}: {reason}", flush=True)

    def finish(self, strict: bool) -> int:
        print(
            f"{self.passed} passed, {self.failed} failed"
            + (f", {self.skipped} skipped" if self.skipped else "")
        )
        return 1 if self.failed or (strict and self.skipped) or not self.passed else 0
