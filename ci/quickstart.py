"""What ci/quickstart disturbs: a TCP server, two clients and a child process, in one event loop."""

import asyncio
import hashlib

DATA = bytes(range(256)) * 2000


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while block := await reader.read(10_000):
        writer.write(block)
        await writer.drain()
    writer.close()


async def ask(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    writer.write(DATA)
    writer.write_eof()
    return await answer


async def pass_through_cat() -> bytes:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec("cat", stdin=pipe, stdout=pipe)
    output, _ = await child.communicate(DATA)
    return output


async def main() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    answers = await asyncio.gather(ask(port), ask(port), pass_through_cat())
    for answer in answers:
        print(len(answer), "bytes", hashlib.sha256(answer).hexdigest()[:16])


asyncio.run(main())
