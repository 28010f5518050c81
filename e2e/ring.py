"""What a hard knock is given: runs under flinch that are watched, and ways to say what went wrong."""

import json
import os
import pathlib
import subprocess
import threading
import uuid

import support

NEVER = "%read,%write,%ipc:short=1:process=0.9.9.9"
# Something of everything, often enough to be met in a short run.
MIXED = [
    "--inject",
    "%read,%write,%accept,%connect,%wait:eintr:rate=1/5",
    "--inject",
    "%read:short=1:rate=1/5",
    "--inject",
    "%ipc:signal=SIGURG:rate=1/20",
]
KNOCKS = []


def knock(function):
    KNOCKS.append((function.__name__.replace("_", " "), function))
    return function


class Problem(Exception):
    """Why a knock failed."""


class Skip(Exception):
    """Why a knock cannot be given here."""


def expect(condition: bool, text: str) -> None:
    if not condition:
        raise Problem(text)


class Ring:
    """What each knock gets: flinch, the programs, and an empty folder."""

    def __init__(self, flinch: str, programs: pathlib.Path, folder: pathlib.Path) -> None:
        self.flinch, self.programs, self.folder = flinch, programs, folder

    def program(self, name: str) -> str:
        path = self.programs / name
        if not path.exists():
            raise Skip(f"{name} could not be built")
        return str(path)

    def command(self, *argv: str, options=()) -> list[str]:
        return [self.flinch, "run", "--seed", "1", *options, "--", *argv]

    def alone(self, *argv: str, timeout: float = 60) -> support.Outcome:
        return support.run(argv, cwd=self.folder, timeout=timeout)

    def under(
        self, *argv: str, options=("--quiet",), timeout: float = 120, env=None, preexec=None
    ) -> support.Outcome:
        outcome = support.run(
            self.command(*argv, options=options),
            cwd=self.folder,
            timeout=timeout,
            env=env,
            preexec=preexec,
        )
        expect(not outcome.timed_out, f"timeout after {timeout} s")
        expect(not outcome.leftovers, f"left behind: {outcome.leftovers}")
        expect(outcome.status >= 0, f"flinch died of signal {-outcome.status}")
        return outcome

    def same(self, *argv: str, faults: bool = True) -> None:
        """As alone: with no fault, with the log on, and (with `faults`) under a mixture of faults."""
        alone = self.alone(*argv)
        expect(not alone.timed_out and not alone.leftovers, f"alone: {alone}")
        for name, options in [
            ("no fault", ["--quiet"]),
            ("log", ["--quiet", "--log", "log"]),
            ("never", ["--quiet", "--inject", NEVER]),
            *([("mixed", ["--quiet", *MIXED])] if faults else []),
        ]:
            (self.folder / "log").unlink(missing_ok=True)
            problem = support.difference(alone, self.under(*argv, options=options), stderr=False)
            expect(problem is None, f"{name}: {problem}")
        # Only the last knock's log is left, so it is read while it is there.
        self.under(*argv, options=["--quiet", "--log", "log"])
        expect(read_log(self.folder / "log") > 0, "the log is empty")

    def start(self, *argv: str, options=()) -> "Live":
        return Live(self, argv, options)


def read_log(path: pathlib.Path) -> int:
    """Every complete line is an object; how many there are. A line may be cut only at the very end."""
    data = path.read_bytes() if path.exists() else b""
    lines = data.split(b"\n")[:-1]
    for number, line in enumerate(lines, 1):
        try:
            expect(
                isinstance(json.loads(line), dict),
                f"log line {number} is no object: {line[:100]!r}",
            )
        except ValueError as error:
            raise Problem(f"log line {number} is not JSON ({error}): {line[:100]!r}") from error
    return len(lines)


class Live:
    """A run in progress whose program says `ready PID CHILD`."""

    def __init__(self, ring: Ring, argv, options) -> None:
        self.mark = uuid.uuid4().hex
        environment = support.base_environment() | {support.MARK: self.mark}
        self.process = subprocess.Popen(
            ring.command(*argv, options=options),
            cwd=ring.folder,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        watchdog = threading.Timer(30, self.process.kill)
        watchdog.start()
        line = self.process.stdout.readline().split()
        watchdog.cancel()
        expect(line[:1] == [b"ready"], f"the program did not start: {line}")
        self.program, self.child = int(line[1]), int(line[2])

    def log_grows(self, log: pathlib.Path) -> None:
        expect(
            support.wait_until(lambda: log.exists() and log.stat().st_size > 1000, 20),
            "no log is written",
        )

    def end(self, seconds: float = 10) -> tuple[int, str]:
        """Exit status, and the rest of the output; all that carries the mark has to go by itself."""
        try:
            rest, _ = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            support.end_leftovers(self.mark, 0)
            self.process.communicate()
            raise Problem(f"still there {seconds} s later") from None
        left = support.end_leftovers(self.mark, seconds)
        expect(not left, f"left behind: {left}")
        return self.process.returncode, rest.decode()

    def stop(self) -> None:
        support.end_leftovers(self.mark, 0)
        self.process.communicate()


class Memory:
    """The peak resident size of our children (flinch itself), looked at while they run."""

    def __init__(self) -> None:
        self.peak_kb, self.ended = 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self) -> None:
        while not self.ended.wait(0.02):
            for pid, ppid in support.parents().items():
                if ppid != os.getpid():
                    continue
                try:
                    status = pathlib.Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                peak = [
                    int(line.split()[1])
                    for line in status.splitlines()
                    if line.startswith("VmHWM:")
                ]
                self.peak_kb = max([self.peak_kb, *peak])

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        self.thread.join()


def one_line(outcome: support.Outcome) -> None:
    lines = outcome.err.splitlines()
    expect(
        len(lines) == 1 and lines[0].startswith(b"flinch"),
        f"not one line of flinch's: {outcome.err!r}",
    )
