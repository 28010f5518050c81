"""subprocess: communicate with much on every pipe, pipelines, timeouts, statuses, own environments."""

import hashlib
import os
import subprocess
import sys

words = open(os.environ["E2E_DATA"] + "/words", "rb").read()

both = subprocess.run(["tee", "/dev/stderr"], input=words, capture_output=True)
print(both.returncode, both.stdout == words, both.stderr == words)

first = subprocess.Popen(["sort"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
second = subprocess.Popen(["uniq", "-c"], stdin=first.stdout, stdout=subprocess.PIPE)
first.stdout.close()
first.stdin.write(words)
first.stdin.close()
print(hashlib.sha256(second.stdout.read()).hexdigest(), first.wait(), second.wait())

print([subprocess.call(["sh", "-c", f"exit {n}"]) for n in range(0, 256, 17)])
try:
    subprocess.run(["cat"], stdin=subprocess.PIPE, timeout=0.2)
except subprocess.TimeoutExpired:
    print("timeout")
print(subprocess.run(["/usr/bin/env"], env={}, capture_output=True).stdout)
try:
    subprocess.run(["/no/such/program"])
except FileNotFoundError as error:
    print(error.errno)
lines = subprocess.Popen(
    [sys.executable, "-u", "-c", "for i in range(200): print(i, i * i)"],
    stdout=subprocess.PIPE,
    text=True,
)
print(sum(int(line.split()[1]) for line in lines.stdout), lines.wait())
