"""What the end-to-end runs work on: input files, the same bytes everywhere, and our own programs."""

import os
import pathlib
import random
import shlex
import shutil
import subprocess

from support import E2E, base_environment

PROGRAM_SOURCES = E2E / "programs"


def make_data(folder: pathlib.Path) -> pathlib.Path:
    """The inputs, the same bytes on every machine. `words` and `blob` are larger than a pipe."""
    data = folder / "data"
    if (data / "complete").exists():
        return data
    shutil.rmtree(data, ignore_errors=True)
    (data / "tree/sub").mkdir(parents=True)
    source = random.Random(20260101)
    letters = "abcdefghijklmnopqrstuvwxyz"

    def words(lines: int) -> str:
        return "".join(
            " ".join("".join(source.choices(letters, k=source.randint(2, 9))) for _ in range(6))
            + "\n"
            for _ in range(lines)
        )

    (data / "words").write_text(words(5000))
    (data / "lines").write_text(words(120))
    (data / "blob").write_bytes(source.randbytes(300_000))
    for index in range(40):
        where = data / ("tree" if index % 2 else "tree/sub") / f"file{index:02}"
        where.write_bytes(source.randbytes(source.randint(0, 9000)))
        os.utime(where, (1_700_000_000 + index, 1_700_000_000 + index))
    make_repository(data)
    make_certificate(data)
    (data / "complete").touch()
    return data


def make_repository(data: pathlib.Path) -> None:
    fixed = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in [
            ("NAME", "e2e"),
            ("EMAIL", "e2e@example.org"),
            ("DATE", "2026-01-01T00:00:00Z"),
        ]
    }
    environment = base_environment(HOME=str(data), **fixed)

    def git(*arguments: str) -> None:
        subprocess.run(
            ["git", "-C", str(data / "repository"), *arguments], env=environment, check=True
        )

    (data / "repository").mkdir()
    git("init", "-q", "-b", "main")
    for index, name in enumerate(["words", "blob", "lines"]):
        shutil.copy(data / name, data / "repository" / name)
        git("add", name)
        git("commit", "-q", "-m", f"file {index}")


def make_certificate(data: pathlib.Path) -> None:
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "3650",
            "-subj",
            "/CN=localhost",
            "-keyout",
            str(data / "key.pem"),
            "-out",
            str(data / "cert.pem"),
        ],
        check=True,
        stderr=subprocess.DEVNULL,
        env=base_environment(),
    )


# name -> (source, compiler and flags). `{out}` and `{src}` are filled in.
GCC = "gcc -std=gnu17 -O1 -g -Wall -Wextra -Werror -pthread -o {out} {src}"
PROGRAMS: dict[str, tuple[str, str]] = {
    name: (f"{name}.c", GCC)
    for name in (
        "relay",
        "et_loop",
        "raw",
        "pingpong",
        "forkstorm",
        "threads",
        "scribble",
        "closeall",
        "reexec",
        "daemonize",
        "spawner",
        "threadexec",
        "launcher",
        "die",
        "show",
        "sigstate",
        "sandbox",
        "stopstorm",
        "killstorm",
        "ignored",
    )
} | {
    "relay-static": ("relay.c", GCC + " -static"),
    "relay-musl": ("relay.c", "musl-gcc -O1 -o {out} {src}"),
    "relay-musl-static": ("relay.c", "musl-gcc -O1 -static -o {out} {src}"),
    "leakcheck": ("leakcheck.c", GCC + " -fsanitize=address"),
    "relay-gcc-asan": ("relay.c", GCC + " -fsanitize=address,undefined"),
    "relay-gcc-tsan": ("threads.c", GCC + " -fsanitize=thread"),
    "relay-clang-asan": (
        "relay.c",
        "clang -O1 -g -pthread -fsanitize=address,undefined -o {out} {src}",
    ),
    "relay-clang-tsan": ("threads.c", "clang -O1 -g -pthread -fsanitize=thread -o {out} {src}"),
    "show-static": ("show.c", "musl-gcc -O1 -static -o {out} {src}"),
    "preload.so": ("preload.c", "gcc -shared -fPIC -O1 -Wall -Wextra -Werror -o {out} {src}"),
    "cancel": ("cancel.cpp", "g++ -std=c++20 -O1 -Wall -Wextra -Werror -pthread -o {out} {src}"),
    "echo-go": ("echo.go", "go build -o {out} {src}"),
}


def build_programs(folder: pathlib.Path) -> tuple[pathlib.Path, dict[str, str]]:
    """Builds what changed. Returns the folder and, for what could not be built, the reason."""
    target, missing = folder / "programs", {}
    target.mkdir(exist_ok=True)
    headers = max(header.stat().st_mtime for header in PROGRAM_SOURCES.glob("*.h"))
    for name, (source, command) in PROGRAMS.items():
        out, src = target / name, PROGRAM_SOURCES / source
        if out.exists() and out.stat().st_mtime > max(src.stat().st_mtime, headers):
            continue
        argv = [part.format(out=out, src=src) for part in command.split()]
        if shutil.which(argv[0]) is None:
            missing[name] = f"no {argv[0]} here"
            continue
        cache = {
            "CGO_ENABLED": "0",
            "GOCACHE": str(folder / "go-cache"),
            "GOFLAGS": "-mod=mod",
            "GO111MODULE": "off",
            "HOME": str(folder),
        }
        done = subprocess.run(argv, capture_output=True, text=True, env=base_environment(**cache))
        if done.returncode != 0:
            raise SystemExit(f"{shlex.join(argv)}:\n{done.stderr}")
    return target, missing
