"""The workloads of the matrix: programs that we did not write, each with one right output.

A workload is a shell script of one line here, or a file of workloads/ for what needs more. It runs in
an empty directory and finds its input in $E2E_DATA, the programs of programs/ in $E2E_PROGRAMS and a
free port in $E2E_PORT. All that it starts runs under the same flinch.
"""

import dataclasses
import pathlib

SCRIPTS = pathlib.Path(__file__).resolve().parent / "workloads"


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    argv: tuple[str, ...]
    needs: tuple[str, ...] = ()  # commands that must exist
    stderr: bool = True  # compared too; not where it holds times, pids or a server's chatter
    findings: tuple[str, ...] = ()  # faults that the program does not stand: docs/findings.md
    rules: tuple[tuple[str, str], ...] = ()  # (fault, rule) where the usual one does not do


def bash(name: str, script: str, *needs: str, stderr: bool = True) -> Workload:
    return Workload(name, ("bash", "-o", "pipefail", "-c", script), needs, stderr)


def dash(name: str, script: str, *needs: str) -> Workload:
    return Workload(name, ("dash", "-c", script), ("dash", *needs))


def python(name: str) -> Workload:
    return Workload(name, ("python3", str(SCRIPTS / f"{name}.py")), ("python3",))


def script(name: str, *needs: str) -> Workload:
    return Workload(name, ("bash", str(SCRIPTS / f"{name}.sh")), needs, stderr=False)


def program(name: str, *arguments: str) -> Workload:
    return Workload(name, ("bash", "-c", f'exec "$E2E_PROGRAMS/{" ".join((name, *arguments))}"'))


D = '"$E2E_DATA"'
P = '"$E2E_PROGRAMS"'

WORKLOADS = [
    # filters
    bash("cat", f"cat {D}/words | cat | cat -"),
    bash("tee", f"cat {D}/blob | tee copy | cksum; cksum <copy"),
    bash("dd", f"dd if={D}/blob bs=64k status=none | dd bs=4k iflag=fullblock status=none | cksum"),
    bash("sort", f"cat {D}/words | sort | sort -r | uniq -c"),
    bash("wc", f"cat {D}/words | wc; cat {D}/blob | wc -c"),
    bash("sha256sum", f"cat {D}/blob {D}/words | sha256sum"),
    bash("gzip", f"gzip -9n <{D}/words | gunzip | gzip -1n | gzip -dc | cksum", "gzip"),
    bash("xz", f"xz -1 <{D}/words | xz -dc | xz -1 -T2 | xz -dc | cksum", "xz"),
    bash("zstd", f"zstd -q <{D}/words | zstd -dc | zstd -q -T2 | zstd -dc | cksum", "zstd"),
    bash(
        "tar",
        f"mkdir out; tar -C {D} -cf - tree words | tar -C out -xf -; "
        "find out -type f | sort | xargs cksum",
        "tar",
    ),
    bash(
        "cpio",
        f"mkdir out; (cd {D}; find tree | sort | cpio --quiet -oH newc) "
        "| (cd out; cpio --quiet -idm); find out -type f | sort | xargs cksum",
        "cpio",
    ),
    bash(
        "awk",
        f"cat {D}/words | awk '{{n[length($1)] += NF}} END {{for (i = 1; i < 12; i++) print i, n[i]}}'",
    ),
    bash(
        "sed",
        f"cat {D}/words | sed -n 's/\\([a-z]*\\) \\([a-z]*\\)/\\2 \\1/p' | sed '$!N;s/\\n/+/' | cksum",
    ),
    bash(
        "grep",
        f"cat {D}/words | grep -c abc; cat {D}/words | grep -o '[xyz][a-c]*' | sort | uniq -c",
    ),
    bash("bc", "seq 1 300 | sed 's/$/^7 % 1009/' | bc | paste -sd+ | bc", "bc"),
    bash(
        "ed",
        f"cp {D}/lines copy; printf '%s\\n' 'g/a/s/a/A/g' '1,5d' '$' w q | ed -s copy; cksum <copy",
        "ed",
    ),
    # shells and things that start many processes
    bash(
        "bash-loop",
        f'cat {D}/lines | while read -r a b c; do echo "$b:$a:$(echo "$c" | tr a-z A-Z)"; done',
    ),
    bash(
        "bash-jobs",
        'p=; for i in 1 2 3 4 5 6; do (echo "$((i * i))" >"$i"; exit "$i") & p="$p $!"; done; s=0; '
        'for p in $p; do wait "$p"; s=$((s + $?)); done; echo "$s"; cat 1 2 3 4 5 6; '
        'coproc tr a-z A-Z; echo words >&"${COPROC[1]}"; exec {COPROC[1]}>&-; cat <&"${COPROC[0]}"; '
        "cat <(echo one) <(echo two)",
    ),
    dash("dash-loop", f'cat {D}/lines | while read -r a b c; do echo "$b:$a:$c"; done | sort'),
    dash(
        "dash-jobs",
        'mkfifo f; (cat f | tr a-z A-Z) & seq 1 2000 >f; wait; x=$(echo sub | cat); echo "$x"; '
        "(exit 3) | (exit 4); echo $?",
    ),
    bash("xargs", f"find {D}/tree -type f | sort | xargs -P4 -n3 cksum | sed 's,[^ ]*/,,' | sort"),
    Workload("make", ("make", "-s", "-j4", "-f", str(SCRIPTS / "jobserver.mk")), ("make",)),
    bash(
        "perl",
        f"""cat {D}/words | perl -ne 'chomp; $n{{$_}}++ for split / /; END {{ print scalar(keys %n), "\\n" }}'; """
        """perl -e 'open(my $p, "-|", "seq 1 5000") or die; my $s = 0; $s += $_ while <$p>; close $p; """
        """print "$s $?\\n"; print `echo back; exit 3`, $? >> 8, "\\n"; """
        """open(my $w, "|-", "sort -n | tail -1") or die; print $w "$_\\n" for 1 .. 3000; close $w'""",
        "perl",
    ),
    Workload("ksh", ("ksh", str(SCRIPTS / "ksh.ksh")), ("ksh",), stderr=False),
    Workload("ruby", ("ruby", str(SCRIPTS / "ruby.rb")), ("ruby",)),
    # python's own ways to talk
    python("subprocesses"),
    python("socketpair"),
    python("asyncio_streams"),
    python("multiprocessing_pipe"),
    # servers and their clients
    script("openssl", "openssl"),
    # A byte at a time, with an edge owed for each, takes minutes for what nginx sends here.
    dataclasses.replace(
        script("nginx", "nginx", "curl"), rules=(("short-write", "%write:short=100"),)
    ),
    script("redis", "redis-server", "redis-cli"),
    script("redis-benchmark", "redis-server", "redis-benchmark"),
    script("git", "git"),
    script("rsync", "rsync"),
    script("sshd", "/usr/sbin/sshd", "ssh"),
    script("rsync-daemon", "rsync"),
    dataclasses.replace(script("socat-tcp", "socat"), findings=("full",)),
    dataclasses.replace(script("socat-unix", "socat"), findings=("full",)),
    script("socat-exec", "socat"),
    script("socat-pipe", "socat"),
    # where no shim can be
    bash(
        "busybox",
        f"busybox cat {D}/words | busybox sort | busybox uniq | busybox gzip -c | busybox zcat | busybox md5sum; "
        f"busybox sh -c 'cat {D}/lines | while read a b; do echo $a; done | wc -l'",
        "busybox",
    ),
    bash("busybox-head", 'busybox yes | busybox head -n 3; echo "${PIPESTATUS[@]}"', "busybox"),
    bash("env-i", f"env -i /bin/cat {D}/words | env -i /usr/bin/sort | env -i /usr/bin/cksum"),
    program("relay"),
    program("relay-static"),
    program("relay-musl"),
    program("relay-musl-static"),
    program("raw"),
    program("echo-go"),
    program("et_loop"),
    program("threads"),
    program("spawner"),
]
