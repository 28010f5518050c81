"""socketpair between threads and between processes: streams, datagrams, descriptors handed over."""

import array
import hashlib
import os
import socket
import threading

blob = open(os.environ["E2E_DATA"] + "/blob", "rb").read()

left, right = socket.socketpair()


def send() -> None:
    left.sendall(blob)
    left.shutdown(socket.SHUT_WR)


thread = threading.Thread(target=send)
thread.start()
received = b"".join(iter(lambda: right.recv(5000), b""))
thread.join()
print(hashlib.sha256(received).hexdigest() == hashlib.sha256(blob).hexdigest())

left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
for size in (1, 0, 100, 7):
    left.send(b"x" * size)
print([len(right.recv(1000)) for _ in range(4)])

left, right = socket.socketpair()
child = os.fork()
if child == 0:
    reader, writer = os.pipe()
    os.write(writer, b"by descriptor")
    right.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [reader]))])
    os._exit(0)
message, descriptors, _, _ = socket.recv_fds(left, 10, 1)
print(message, os.read(descriptors[0], 100))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

left, right = socket.socketpair()
left.settimeout(0.2)
try:
    left.recv(1)
except TimeoutError:
    print("timeout")
