"""multiprocessing: Pipe both ways, a Queue with several producers, a Pool, locks and shared memory."""

import multiprocessing
import os

context = multiprocessing.get_context("fork")


def answer(connection) -> None:
    while (item := connection.recv()) is not None:
        connection.send((len(item), item[::-1]))
    connection.close()


def produce(queue, first: int) -> None:
    for number in range(first, first + 100):
        queue.put(number)


def count(counter) -> None:
    for _ in range(200):
        with counter.get_lock():
            counter.value += 1


def square(number: int) -> int:
    return number * number


if __name__ == "__main__":
    words = open(os.environ["E2E_DATA"] + "/words").read()
    ours, theirs = context.Pipe()
    child = context.Process(target=answer, args=(theirs,))
    child.start()
    for size in (0, 1, 1000, 150_000):
        ours.send(words[:size])
        length, back = ours.recv()
        print(length, back == words[:size][::-1])
    ours.send(None)
    child.join()
    print(child.exitcode)

    queue = context.Queue()
    producers = [context.Process(target=produce, args=(queue, 100 * n)) for n in range(4)]
    for producer in producers:
        producer.start()
    print(sum(queue.get() for _ in range(400)))
    for producer in producers:
        producer.join()

    counter = context.Value("i", 0)
    counters = [context.Process(target=count, args=(counter,)) for _ in range(4)]
    for process in counters:
        process.start()
    for process in counters:
        process.join()
    print(counter.value)

    with context.Pool(3) as pool:
        print(sum(pool.map(square, range(500))))
