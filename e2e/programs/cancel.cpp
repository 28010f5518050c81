// pthread_cancel of a thread that blocks in read, in poll and in write: the destructors on its stack run.
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <vector>

namespace {

std::atomic<int> destroyed{0}, started{0};
int empty[2], full[2];

struct Counted {
  ~Counted() { ++destroyed; }
};

void* in_read(void*) {
  Counted outer;
  std::vector<char> buffer(16);
  ++started;
  Counted inner;
  return reinterpret_cast<void*>(read(empty[0], buffer.data(), buffer.size()));
}

void* in_poll(void*) {
  Counted outer;
  pollfd wait{empty[0], POLLIN, 0};
  ++started;
  return reinterpret_cast<void*>(static_cast<long>(poll(&wait, 1, -1)));
}

void* in_write(void*) {
  Counted outer;
  std::vector<char> buffer(1 << 20);
  ++started;
  for (;;)
    if (write(full[1], buffer.data(), buffer.size()) == 0) return nullptr;
}

}  // namespace

int main() {
  if (pipe(empty) != 0 || pipe(full) != 0) return 99;
  int cancelled = 0;
  for (auto* body : {in_read, in_poll, in_write}) {
    pthread_t thread;
    if (pthread_create(&thread, nullptr, body, nullptr) != 0) return 98;
    while (started <= cancelled) usleep(1000);
    usleep(30000);  // long enough to be inside the call; correct, if less telling, when it is not
    pthread_cancel(thread);
    void* result = nullptr;
    pthread_join(thread, &result);
    cancelled += result == PTHREAD_CANCELED;
  }
  std::printf("%d cancelled, %d destroyed\n", cancelled, destroyed.load());
  return 0;
}
