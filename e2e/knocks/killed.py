"""Parts of a run are killed, stopped or run out of time: nothing stays behind, the log is readable."""

import os
import signal

from ring import NEVER, Ring, expect, knock, read_log


@knock
def kill_the_program(ring: Ring) -> None:
    live = ring.start(ring.program("pingpong"), "0", options=["--log", "log"])
    live.log_grows(ring.folder / "log")
    os.kill(live.program, signal.SIGKILL)
    status, _ = live.end()
    expect(status == 137, f"status {status}, not 128 + 9")
    expect(read_log(ring.folder / "log") > 0, "the log is empty")


@knock
def kill_the_supervisor(ring: Ring) -> None:
    for options in ([], ["--inject", NEVER], ["--inject", "%read,%write:delay=1ms:rate=1/10"]):
        (ring.folder / "log").unlink(missing_ok=True)
        live = ring.start(ring.program("pingpong"), "0", options=["--log", "log", *options])
        live.log_grows(ring.folder / "log")
        live.process.kill()
        live.end()
        expect(read_log(ring.folder / "log") > 0, "the log is empty")


@knock
def kill_the_supervisor_of_a_blocked_program(ring: Ring) -> None:
    script = 'trap "" TERM HUP INT; mkfifo fifo; cat fifo & echo ready $$ $!; read x <fifo'
    live = ring.start("bash", "-c", script, options=["--inject", NEVER])
    live.process.kill()
    live.end()


@knock
def kill_the_supervisor_of_a_lone_process(ring: Ring) -> None:
    """At once, when no other process has been born yet; and later, when its death signal is gone."""
    for options in ([], ["--inject", NEVER]):
        for script in (
            "echo ready $$ 0; exec sleep 1000",
            "echo ready $$ 0; exec setpriv --pdeathsig clear sleep 1000",
        ):
            live = ring.start("sh", "-c", script, options=options)
            live.process.kill()
            live.end()


@knock
def end_the_supervisor_politely(ring: Ring) -> None:
    # SIGINT goes to the whole group, as a terminal sends it; flinch may leave it to the program.
    for number, send in (
        (signal.SIGTERM, os.kill),
        (signal.SIGHUP, os.kill),
        (signal.SIGINT, os.killpg),
    ):
        live = ring.start(ring.program("pingpong"), "0", options=["--log", "log"])
        live.log_grows(ring.folder / "log")
        send(live.process.pid, number)
        status, _ = live.end()
        expect(status in (128 + number, -number), f"status {status} after signal {number}")
        read_log(ring.folder / "log")


@knock
def kill_a_child(ring: Ring) -> None:
    live = ring.start(ring.program("pingpong"), "0", options=["--log", "log"])
    live.log_grows(ring.folder / "log")
    os.kill(live.child, signal.SIGKILL)
    status, rest = live.end()
    # Whether the parent reads end of file or writes first is the kernel's choice.
    expect((status, rest) in ((3, "child gone\n"), (141, "")), f"status {status}, output {rest!r}")
    read_log(ring.folder / "log")


@knock
def stop_and_continue(ring: Ring) -> None:
    live = ring.start(ring.program("pingpong"), "300000", options=["--inject", NEVER])
    try:
        for _ in range(20):
            os.kill(live.program, signal.SIGSTOP)
            os.kill(live.child, signal.SIGSTOP)
            os.kill(live.program, signal.SIGCONT)
            os.kill(live.child, signal.SIGCONT)
    except ProcessLookupError:
        pass
    status, rest = live.end(120)
    expect((status, rest) == (0, "done 300000\n"), f"status {status}, output {rest!r}")


@knock
def time_limit(ring: Ring) -> None:
    outcome = ring.under(
        ring.program("pingpong"), "0", options=["--quiet", "--timeout", "1"], timeout=20
    )
    expect(outcome.status == 124, f"status {outcome.status}, not 124")
    outcome = ring.under(
        "sh",
        "-c",
        'trap "" TERM INT HUP; setsid sleep 1000 & while :; do :; done',
        options=["--quiet", "--timeout", "1"],
        timeout=20,
    )
    expect(outcome.status == 124, f"status {outcome.status}, not 124")
