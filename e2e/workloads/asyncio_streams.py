"""asyncio: a server and eight clients over TCP and over a Unix socket, subprocesses with pipes."""

import asyncio
import hashlib
import os

words = open(os.environ["E2E_DATA"] + "/words", "rb").read()


async def shout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()


async def ask(connect) -> str:
    reader, writer = await connect()
    receive = asyncio.create_task(reader.read())
    for start in range(0, 60_000, 10_000):
        writer.write(words[start : start + 10_000])
        await writer.drain()
    writer.write_eof()
    answer = await receive
    writer.close()
    return hashlib.sha256(answer).hexdigest()[:16]


async def filter_through_sort() -> str:
    child = await asyncio.create_subprocess_exec(
        "sort", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await child.communicate(words)
    return f"{hashlib.sha256(out).hexdigest()[:16]} {child.returncode}"


async def main() -> None:
    tcp = await asyncio.start_server(shout, "127.0.0.1", 0)
    port = tcp.sockets[0].getsockname()[1]
    unix = await asyncio.start_unix_server(shout, "asyncio.sock")
    connections = [
        lambda: asyncio.open_connection("127.0.0.1", port),
        lambda: asyncio.open_unix_connection("asyncio.sock"),
    ]
    print(await asyncio.gather(*(ask(connections[n % 2]) for n in range(8))))
    print(await asyncio.gather(filter_through_sort(), filter_through_sort()))
    tcp.close()
    unix.close()


asyncio.run(main())
