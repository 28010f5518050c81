"""The log's disk is full, or there is none."""

import os
import shlex
import subprocess

import support
from ring import Ring, Skip, expect, knock, read_log


@knock
def log_on_a_full_disk(ring: Ring) -> None:
    alone = ring.alone(ring.program("relay"))
    outcome = ring.under(ring.program("relay"), options=["--log", "/dev/full"])
    expect(outcome.out == alone.out, f"output {outcome.out!r}, alone {alone.out!r}")
    expect(
        b"No space left" in outcome.err or b"ENOSPC" in outcome.err,
        f"stderr does not say why: {outcome.err!r}",
    )
    expect(outcome.status in (alone.status, 125), f"status {outcome.status}")


@knock
def log_on_a_tiny_disk(ring: Ring) -> None:
    if (
        os.getuid() != 0
        or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0
    ):
        raise Skip("needs root and mount namespaces")
    (ring.folder / "disk").mkdir()
    inner = shlex.join(
        ring.command(ring.program("pingpong"), "5000", options=["--log", "disk/log"])
    )
    script = f"mount -t tmpfs -o size=64k none disk && {inner}; status=$?; cat disk/log >copy; exit $status"
    outcome = support.run(["unshare", "-m", "sh", "-c", script], cwd=ring.folder, timeout=60)
    expect(not outcome.timed_out and not outcome.leftovers, f"{outcome}")
    expect(b"done 5000" in outcome.out, f"the program did not finish: {outcome.out!r}")
    expect(
        b"No space left" in outcome.err or b"ENOSPC" in outcome.err,
        f"stderr does not say why: {outcome.err!r}",
    )
    expect(read_log(ring.folder / "copy") > 0, "nothing of the log is left")


@knock
def log_that_cannot_be_opened(ring: Ring) -> None:
    outcome = ring.under(
        "sh", "-c", "echo ran >ran", options=["--quiet", "--log", "no/such/folder/log"]
    )
    expect(outcome.status == 125, f"status {outcome.status}, not 125")
    expect(not (ring.folder / "ran").exists(), "the program ran without its log")
    expect(b"no/such/folder/log" in outcome.err, f"stderr does not name the file: {outcome.err!r}")
