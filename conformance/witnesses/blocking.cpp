#include "conformance/witnesses/blocking.h"

#include <linux/futex.h>
#include <linux/io_uring.h>
#include <linux/openat2.h>
#include <mqueue.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "conformance/witnesses/streams.h"

namespace flinch::conformance {

BlockingObjects::BlockingObjects()
    : messages_{msgget(IPC_PRIVATE, 0600)},
      semaphores_{semget(IPC_PRIVATE, 1, 0600)},
      folder_{"/tmp/flinch-blocking-XXXXXX"} {
  if (mkdtemp(folder_.data()) == nullptr) std::abort();
  fifo_ = folder_ + "/fifo";
  if (mkfifo(fifo_.c_str(), 0600) != 0) std::abort();
}

BlockingObjects::~BlockingObjects() {
  msgctl(messages_, IPC_RMID, nullptr);
  semctl(semaphores_, 0, IPC_RMID);
  unlink(fifo_.c_str());
  rmdir(folder_.c_str());
}

namespace {

long not_here() {
  errno = ENOSYS;
  return -1;
}

void set_timeouts(int fd, Timeout timeout) {
  if (timeout == Timeout::kWithout) return;
  const timeval hour{3600, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &hour, sizeof hour);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &hour, sizeof hour);
}

/// Full for a writer that blocks.
int full(const Stream& stream) {
  set_nonblocking(stream.writer);
  fill(stream.writer);
  fcntl(stream.writer.get(), F_SETFL, 0);
  return stream.writer.get();
}

long block_in_lock() {
  const Fd held{memfd_create("lock", 0)};
  const Fd wanted{open(("/proc/self/fd/" + std::to_string(held.get())).c_str(), O_RDWR)};
  struct flock lock {};
  lock.l_type = F_WRLCK;
  fcntl(held.get(), F_OFD_SETLK, &lock);
  return fcntl(wanted.get(), F_OFD_SETLKW, &lock);
}

long block_in_sendfile(const Stream& pipe) {
  const Fd file{memfd_create("data", 0)};
  if (ftruncate(file.get(), 4096) != 0) return 0;
  return syscall(SYS_sendfile, full(pipe), file.get(), nullptr, 4096);
}

long block_on_file(Row row) {
  char bytes[8];
  iovec part{bytes, sizeof bytes};
  const Stream pipe = open_stream(Mechanism::kPipe);
  const Stream other = open_stream(Mechanism::kPipe);
  const int reader = pipe.reader.get();
  switch (row) {
    case Row::read: return read(reader, bytes, sizeof bytes);
    case Row::readv: return readv(reader, &part, 1);
    case Row::preadv2: return preadv2(reader, &part, 1, -1, 0);
    case Row::write: return write(full(pipe), bytes, sizeof bytes);
    case Row::writev: return writev(full(pipe), &part, 1);
    case Row::pwritev2: return pwritev2(full(pipe), &part, 1, -1, 0);
    case Row::splice: return splice(reader, nullptr, other.writer.get(), nullptr, 8, 0);
    case Row::tee: return tee(reader, other.writer.get(), 8, 0);
    case Row::vmsplice: return vmsplice(full(pipe), &part, 1, 0);
    case Row::sendfile: return block_in_sendfile(pipe);
    case Row::fcntl: return block_in_lock();
    default: return not_here();
  }
}

long block_on_listener(Row row, Timeout timeout) {
  sockaddr_un address{};
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  address.sun_family = AF_UNIX;
  const Fd listener{socket(AF_UNIX, SOCK_STREAM, 0)};
  // The kernel chooses a name.
  if (bind(listener.get(), generic, sizeof(sa_family_t)) != 0 ||
      getsockname(listener.get(), generic, &length) != 0 || listen(listener.get(), 0) != 0)
    return not_here();
  set_timeouts(listener.get(), timeout);
  if (row != Row::connect) return syscall(descriptor(row).number, listener.get(), nullptr, nullptr, 0);
  for (;;) {  // until the backlog is full
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    set_timeouts(fd, timeout);
    if (const long result = connect(fd, generic, length); result != 0) return result;
  }
}

long block_on_socket(Row row, Timeout timeout) {
  char bytes[8];
  iovec part{bytes, sizeof bytes};
  mmsghdr message{};
  message.msg_hdr.msg_iov = &part;
  message.msg_hdr.msg_iovlen = 1;
  const Stream stream = open_stream(Mechanism::kUnixStream);
  const int reader = stream.reader.get();
  set_timeouts(reader, timeout);
  set_timeouts(stream.writer.get(), timeout);
  switch (row) {
    case Row::accept:
    case Row::accept4:
    case Row::connect: return block_on_listener(row, timeout);
    case Row::recvfrom: return recvfrom(reader, bytes, sizeof bytes, 0, nullptr, nullptr);
    case Row::recvmsg: return recvmsg(reader, &message.msg_hdr, 0);
    case Row::recvmmsg: return recvmmsg(reader, &message, 1, 0, nullptr);
    case Row::sendto: return sendto(full(stream), bytes, sizeof bytes, 0, nullptr, 0);
    case Row::sendmsg: return sendmsg(full(stream), &message.msg_hdr, 0);
    case Row::sendmmsg: return sendmmsg(full(stream), &message, 1, 0);
    default: return not_here();
  }
}

/// A process that lives until its parent is gone.
void leave_a_child() {
  Stream life = open_stream(Mechanism::kPipe);
  if (fork() != 0) {
    fcntl(life.writer.get(), F_DUPFD, 100);  // kept open
    return;
  }
  life.writer.reset();
  take(life.reader, 1);
  _exit(0);
}

long block_in_io_uring() {
  io_uring_params parameters{};
  const long ring = syscall(SYS_io_uring_setup, 1, &parameters);
  if (ring < 0) return not_here();
  return syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
}

long block_in_wait(Row row) {
  sigset_t other;
  sigemptyset(&other);
  const sigset_t none = other;
  sigaddset(&other, SIGUSR2);
  const timespec hour{3600, 0};
  const Fd epoll{epoll_create1(0)};
  epoll_event event{};
  switch (row) {
    case Row::poll: return syscall(SYS_poll, nullptr, 0, -1);
    case Row::ppoll: return syscall(SYS_ppoll, nullptr, 0, nullptr, nullptr, 8);
    case Row::select: return syscall(SYS_select, 0, nullptr, nullptr, nullptr, nullptr);
    case Row::pselect6: return syscall(SYS_pselect6, 0, nullptr, nullptr, nullptr, nullptr, nullptr);
    case Row::epoll_wait: return syscall(SYS_epoll_wait, epoll.get(), &event, 1, -1);
    case Row::epoll_pwait: return syscall(SYS_epoll_pwait, epoll.get(), &event, 1, -1, nullptr, 8);
    case Row::epoll_pwait2: return syscall(SYS_epoll_pwait2, epoll.get(), &event, 1, nullptr, nullptr, 8);
    case Row::pause: return syscall(SYS_pause);
    case Row::rt_sigsuspend: return syscall(SYS_rt_sigsuspend, &none, 8);
    case Row::rt_sigtimedwait: return syscall(SYS_rt_sigtimedwait, &other, nullptr, nullptr, 8);
    case Row::nanosleep: return syscall(SYS_nanosleep, &hour, nullptr);
    case Row::clock_nanosleep: return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &hour, nullptr);
    case Row::wait4: leave_a_child(); return syscall(SYS_wait4, -1, nullptr, 0, nullptr);
    case Row::waitid: leave_a_child(); return syscall(SYS_waitid, P_ALL, 0, nullptr, WEXITED, nullptr);
    case Row::io_uring_enter: return block_in_io_uring();
    default: return not_here();
  }
}

int empty_queue() {
  mq_attr attributes{};
  attributes.mq_maxmsg = 1;
  attributes.mq_msgsize = 8;
  const std::string name = "/flinch-blocking-" + std::to_string(getpid());
  const int queue = mq_open(name.c_str(), O_CREAT | O_EXCL | O_RDWR, 0600, &attributes);
  mq_unlink(name.c_str());
  return queue;
}

long block_on_queue(Row row) {
  char text[8] = {};
  const int queue = empty_queue();
  if (queue < 0) return not_here();
  if (row == Row::mq_timedreceive)
    return syscall(SYS_mq_timedreceive, queue, text, sizeof text, nullptr, nullptr);
  mq_send(queue, text, sizeof text, 0);
  return syscall(SYS_mq_timedsend, queue, text, sizeof text, 0, nullptr);
}

long block_on_object(Row row, const BlockingObjects& objects) {
  struct {
    long type;
    char text[4096];
  } message{1, {}};
  sembuf take_one{0, -1, 0};
  std::uint32_t word = 0;
  futex_waitv waiter{0, reinterpret_cast<std::uintptr_t>(&word), FUTEX_32, 0};
  open_how how{};
  switch (row) {
    case Row::msgrcv: return syscall(SYS_msgrcv, objects.messages(), &message, 8, 2, 0);
    case Row::msgsnd:
      while (msgsnd(objects.messages(), &message, sizeof message.text, IPC_NOWAIT) == 0) {
      }
      return syscall(SYS_msgsnd, objects.messages(), &message, sizeof message.text, 0);
    case Row::semop: return syscall(SYS_semop, objects.semaphores(), &take_one, 1);
    case Row::semtimedop: return syscall(SYS_semtimedop, objects.semaphores(), &take_one, 1, nullptr);
    case Row::mq_timedreceive:
    case Row::mq_timedsend: return block_on_queue(row);
    case Row::futex: return syscall(SYS_futex, &word, FUTEX_WAIT, 0, nullptr, nullptr, 0);
    case Row::futex_waitv: return syscall(SYS_futex_waitv, &waiter, 1, 0, nullptr, 0);
    case Row::open: return syscall(SYS_open, objects.fifo(), O_RDONLY, 0);
    case Row::creat: return syscall(SYS_creat, objects.fifo(), 0600);
    case Row::openat: return syscall(SYS_openat, AT_FDCWD, objects.fifo(), O_RDONLY, 0);
    case Row::openat2: return syscall(SYS_openat2, AT_FDCWD, objects.fifo(), &how, sizeof how);
    default: return not_here();
  }
}

}  // namespace

long block_in(Row row, Timeout timeout, const BlockingObjects& objects) {
  if (descriptor(row).restart == Restart::kUnlessTimeout) return block_on_socket(row, timeout);
  switch (descriptor(row).mechanism) {
    case Mechanism::kNone: return block_on_file(row);
    case Mechanism::kReadiness:
    case Mechanism::kSignal:
    case Mechanism::kSleep:
    case Mechanism::kIoUring:
    case Mechanism::kProcess: return block_in_wait(row);
    default: return block_on_object(row, objects);
  }
}

}  // namespace flinch::conformance
