"""Storms of processes, threads and calls, and a program that spoils what it shares with flinch."""

from ring import MIXED, NEVER, Memory, Ring, expect, knock, read_log


RSS_MAX_KB = 300_000


@knock
def fork_storm(ring: Ring) -> None:
    ring.same(ring.program("forkstorm"))


@knock
def two_hundred_threads(ring: Ring) -> None:
    ring.same(ring.program("threads"))


@knock
def killed_wherever_they_are(ring: Ring) -> None:
    for kind in ("threads", "fork", "vfork"):
        ring.same(ring.program("killstorm"), kind)


@knock
def stopped_and_continued(ring: Ring) -> None:
    ring.same(ring.program("stopstorm"))


@knock
def confines_itself(ring: Ring) -> None:
    for how in ("kill", "errno"):
        for when in ("warm", "cold", "asleep"):
            ring.same(ring.program("sandbox"), how, when)


@knock
def scribble_over_the_control_block(ring: Ring) -> None:
    expect(
        ring.alone(ring.program("scribble")).out == b"found 0\ndone\n",
        "alone there is nothing to spoil",
    )
    reached = 0
    for options in (
        ["--inject", NEVER],
        ["--log", "log"],
        [*MIXED, "--log", "log"],
        ["--inject", "%read:short=1:rate=1/2", "--inject", "%write:full:rate=1/9"],
    ):
        # The program may fail, having spoilt its own memory; flinch may not.
        with Memory() as watch:
            outcome = ring.under(ring.program("scribble"), options=["--quiet", *options])
        expect(watch.peak_kb < RSS_MAX_KB, f"flinch grew to {watch.peak_kb} KB")
        expect(outcome.status not in (70, 125), f"flinch gave up: {outcome.err!r}")
        expect(
            b"terminate called" not in outcome.err and b"Assertion" not in outcome.err,
            f"{outcome.err!r}",
        )
        read_log(ring.folder / "log")
        found = outcome.out.split()
        reached += int(found[1]) if found[:1] == [b"found"] else 0
    expect(reached > 0, "no control block was found at its address: nothing was tested")


def many_calls(ring: Ring, rounds: int) -> None:
    """Each round is four calls; flinch's memory has to stay flat."""
    for options in (["--inject", NEVER], ["--inject", "%read,%write:eintr:rate=1/1000"]):
        with Memory() as watch:
            outcome = ring.under(
                ring.program("pingpong"), str(rounds), options=["--quiet", *options], timeout=3600
            )
        expect(outcome.out.endswith(f"done {rounds}\n".encode()), f"{outcome.out[-100:]!r}")
        expect(watch.peak_kb < RSS_MAX_KB, f"flinch grew to {watch.peak_kb} KB")


@knock
def hundred_thousand_calls(ring: Ring) -> None:
    many_calls(ring, 25_000)


def ten_million_calls(ring: Ring) -> None:
    many_calls(ring, 2_500_000)
