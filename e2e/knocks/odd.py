"""Programs that live oddly, or that somebody else's tools have changed."""

import json
import os
import pathlib
import resource
import shutil
import tempfile

import support
from ring import MIXED, NEVER, Ring, Skip, expect, knock, read_log


@knock
def closes_all_descriptors(ring: Ring) -> None:
    ring.same(ring.program("closeall"))


@knock
def becomes_itself_fifty_times(ring: Ring) -> None:
    ring.same(ring.program("reexec"), "50")


@knock
def turns_into_a_daemon(ring: Ring) -> None:
    for options in (["--quiet"], ["--quiet", "--inject", NEVER], ["--quiet", *MIXED]):
        done = ring.folder / "done"
        outcome = ring.under(ring.program("daemonize"), str(done), options=options)
        expect((outcome.status, outcome.out) == (7, b"started 0\n"), f"{outcome}")
        expect(
            support.wait_until(lambda: done.exists() and done.read_text() == "worked\n", 10),
            "the daemon's work was not done, which alone it does",
        )
        done.unlink()


@knock
def vfork_posix_spawn_system_popen(ring: Ring) -> None:
    ring.same(ring.program("spawner"))


@knock
def executes_from_another_thread(ring: Ring) -> None:
    ring.same(ring.program("threadexec"))


@knock
def cancelled_in_a_call(ring: Ring) -> None:
    ring.same(ring.program("cancel"))


@knock
def musl(ring: Ring) -> None:
    ring.same(ring.program("relay-musl"))
    ring.same(ring.program("relay-musl-static"))


@knock
def bothered_by_signals_it_ignores(ring: Ring) -> None:
    ring.same(ring.program("ignored"))


@knock
def left_by_its_reader(ring: Ring) -> None:
    # How much went in before the reader left is the program's to see, and any fault may change it.
    ring.same(ring.program("ignored"), "readerless", faults=False)


@knock
def checked_for_leaks_with_handlers(ring: Ring) -> None:
    ring.same(ring.program("leakcheck"))


def sanitized(ring: Ring, *names: str) -> None:
    for name in names:
        ring.same(ring.program(name))


@knock
def gcc_sanitizers(ring: Ring) -> None:
    sanitized(ring, "relay-gcc-asan", "relay-gcc-tsan")


@knock
def clang_sanitizers(ring: Ring) -> None:
    sanitized(ring, "relay-clang-asan", "relay-clang-tsan")


@knock
def few_descriptors_allowed(ring: Ring) -> None:
    alone = ring.alone("sh", "-c", "ulimit -n 10; seq 1 2000 | sort -rn | cksum")
    outcome = ring.under(
        "sh", "-c", "ulimit -n 10; seq 1 2000 | sort -rn | cksum", options=["--quiet", *MIXED]
    )
    expect(outcome.out == alone.out, f"{outcome}")
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))
    outcome = ring.under(
        "sh",
        "-c",
        "seq 1 2000 | sort -S 1M -rn | cksum",
        options=["--quiet", *MIXED],
        preexec=limit,
    )
    refused = outcome.status == 125 and outcome.err.startswith(b"flinch")
    expect(outcome.out == alone.out or refused, f"under 400 MB of addresses: {outcome}")


@knock
def setuid_program(ring: Ring) -> None:
    if os.getuid() != 0 or shutil.which("setpriv") is None:
        raise Skip("needs root and setpriv")
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    place = pathlib.Path(tempfile.mkdtemp(prefix="flinch-e2e-"))
    try:
        place.chmod(0o755)
        target = place / "id"
        shutil.copy("/usr/bin/id", target)
        target.chmod(0o4755)
        if support.run([*nobody, str(target), "-u"]).out != b"0\n":
            raise Skip("set-user-id bits have no effect here")
        # Root's flinch needs no no_new_privs, so that nothing changes for the program.
        outcome = ring.under(*nobody, "sh", "-c", f"{target} -u | cat")
        expect((outcome.status, outcome.out) == (0, b"0\n"), f"flinch as root: {outcome}")
        if support.run([*nobody, "test", "-x", ring.flinch]).status != 0:
            raise Skip("nobody cannot execute this flinch")
        # As nobody it must be set, and the kernel then ignores the bit: it runs, as nobody.
        argv = [*nobody, *ring.command("sh", "-c", f"{target} -u | cat", options=["--quiet"])]
        outcome = support.run(argv, cwd="/", timeout=60)
        expect(
            (outcome.status, outcome.timed_out) == (0, False)
            and outcome.out in (b"0\n", b"65534\n"),
            f"flinch as nobody: {outcome}",
        )
    finally:
        shutil.rmtree(place)


@knock
def command_without_its_shim(ring: Ring) -> None:
    lonely = ring.folder / "flinch"
    shutil.copy(ring.flinch, lonely)
    rule = ["--inject", "%write:signal=SIGURG"]
    outcome = support.run([lonely, "run", *rule, "--", "sh", "-c", "seq 9 | wc -l"], cwd=ring.folder)
    expect((outcome.status, outcome.out) == (0, b"9\n"), f"{outcome}")
    expect(b"no libflinch_preload.so beside" in outcome.err, f"it is not said: {outcome}")
    expect(b"(shim 0, notify " in outcome.err, f"{outcome}")


@knock
def coloured_where_it_is_wanted(ring: Ring) -> None:
    for name, value, marks in [
        ("NO_COLOR", "1", 0),
        ("CLICOLOR_FORCE", "1", 2),
        ("CLICOLOR_FORCE", "0", 0),
    ]:
        outcome = ring.under("true", options=[], env=support.base_environment() | {name: value})
        expect(outcome.err.count(b"\x1b[") == marks, f"{name}={value}: {outcome}")


@knock
def trace_is_readable(ring: Ring) -> None:
    log = ring.folder / "log"
    command = [
        ring.flinch,
        "trace",
        "--log",
        str(log),
        "--",
        "sh",
        "-c",
        "seq 1 50 | sort | cat | wc -l",
    ]
    outcome = support.run(command, cwd=ring.folder, timeout=60)
    expect((outcome.status, outcome.out) == (0, b"50\n"), f"{outcome}")
    expect(read_log(log) > 0, "the log is empty")
    calls = [json.loads(line) for line in log.read_bytes().splitlines()]
    keys = {"t_ns", "process", "pid", "thread", "call", "nth", "mechanism", "args", "tier"}
    expect(all(keys <= set(call) for call in calls), f"keys missing in {calls[:1]}")
    expect(
        len({call["process"] for call in calls}) >= 5,
        "not every process of the pipeline is in the log",
    )
