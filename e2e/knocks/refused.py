"""What cannot be run and what cannot be understood: one line, the right status, nothing started."""

import pathlib

import support
from ring import NEVER, Ring, expect, knock, one_line


@knock
def programs_that_cannot_run(ring: Ring) -> None:
    plain = ring.folder / "plain"
    plain.write_text("no program\n")
    garbage = ring.folder / "garbage"
    garbage.write_bytes(b"\x7fELF garbage")
    garbage.chmod(0o755)
    interpreter = ring.folder / "interpreter"
    interpreter.write_text("#!/no/such/interpreter\n")
    interpreter.chmod(0o755)
    for target, status in [
        ("/no/such/program", 127),
        ("no-such-command-in-path", 127),
        ("", 127),
        (str(plain), 126),
        (str(ring.folder), 126),
        (str(garbage), 126),
    ]:
        for inject in ([], ["--inject", NEVER]):
            outcome = ring.under(target, options=["--quiet", *inject])
            expect(outcome.status == status, f"{target!r}: status {outcome.status}, not {status}")
            one_line(outcome)
    # The file is there and its interpreter is not: shells differ, either answer will do.
    outcome = ring.under(str(interpreter))
    expect(outcome.status in (126, 127), f"no interpreter: status {outcome.status}")
    one_line(outcome)


BAD_RULES = [
    "",
    ":",
    "read",
    "read:",
    ":short=1",
    "read:bogus=1",
    "bogus_call:short=1",
    "%bogus:short=1",
    "read:short=zero-bogus",
    "read:short=1:rate=1/0:bogus",
    "read:short=1:bogus=3",
    "read:short=-1:bogus",
    "read:signal=SIGBOGUS",
    "/[bogus/:short=1",
    "read:delay=1bogus",
    "read:short=1:on=bogus",
    "read:error=EBOGUS",
    "read,bogus:eintr",
    "read:short=1:when=bogus",
    "read:short=99999999999999999999:bogus",
]
BAD_PLANS = [
    "flinch = 99\n",
    "flinch = 1\nbogus = 3\n",
    'flinch = 1\n[[policy]]\nrule = "read:bogus=1"\n',
    "flinch = [\n",
    'flinch = 1\n[[fault]]\ncall = "bogus"\n',
    "\x00\x01\x02",
    'flinch = 1\n[[fault]]\nnth = "x"\n',
]


@knock
def bad_options_and_plans(ring: Ring) -> None:
    cases = [["--inject", rule] for rule in BAD_RULES]
    cases += [
        ["--injekt", "read:short=1"],
        ["--seed-bogus"],
        ["--timeout", "bogus"],
        ["--plan", "/no/such/bogus.toml"],
        ["--plan", "."],
        ["--seed", "bogus"],
    ]
    problems = []
    for number, text in enumerate(BAD_PLANS):
        path = ring.folder / f"bogus{number}.toml"
        path.write_text(text)
        cases.append(["--plan", str(path)])
    for case in cases:
        marker = ring.folder / "ran"
        outcome = support.run(
            [ring.flinch, "run", *case, "--", "sh", "-c", f"touch {marker}"],
            cwd=ring.folder,
            timeout=20,
        )
        lines = outcome.err.splitlines()
        if (
            outcome.timed_out
            or outcome.status not in (2, 125)
            or len(lines) != 1
            or marker.exists()
        ):
            problems.append(
                f"{case}: status {outcome.status}, ran {marker.exists()}, stderr {outcome.err[:200]!r}"
            )
        elif case[0] == "--plan" and name_in_bytes(case[1]) not in outcome.err:
            problems.append(f"{case}: the file is not named: {outcome.err!r}")
        marker.unlink(missing_ok=True)
    expect(not problems, f"{len(problems)} of {len(cases)}: " + "\n     ".join(problems))


def name_in_bytes(path: str) -> bytes:
    return pathlib.Path(path).name.encode()


@knock
def flinch_in_flinch(ring: Ring) -> None:
    outcome = ring.under(*ring.command("echo", "inner"), options=["--quiet", "--inject", NEVER])
    worked = outcome.status == 0 and outcome.out == b"inner\n"
    refused = (
        outcome.status in (125, 70) and outcome.out == b"" and len(outcome.err.splitlines()) == 1
    )
    expect(worked or refused, f"neither works nor one clear line: {outcome}")
    if refused:
        expect(b"flinch" in outcome.err, f"{outcome.err!r}")
