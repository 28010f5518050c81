// Moving pages between pipes without reading them: splice(2), tee(2), vmsplice(2).
#include <errno.h>
#include <poll.h>

#include <algorithm>

#include "core/mechanisms/pipe.h"

namespace flinch::mechanisms {

Answer<std::size_t> Pipe::splice_to(Pipe& out, std::size_t size) {
  std::size_t moved = 0;
  bool has_moved_page = false;
  while (moved < size) {
    if (!out.has_readers()) {
      if (moved == 0) return Errno{EPIPE};
      break;
    }
    if (is_empty() && (!has_writers() || moved > 0)) break;
    if (is_empty()) return Blocked{Queue::kReaders, Wait::kShared};
    if (out.is_full()) {
      if (moved == 0) return Blocked{Queue::kWriters, Wait::kShared};
      break;
    }
    Page& page = pages_.front();
    const std::size_t count = std::min(size - moved, page.bytes.size());
    if (count == page.bytes.size()) {
      out.pages_.push_back(std::move(page));
      pages_.pop_front();
      has_moved_page = true;
    } else {
      // Two pipes share that page from now on, so nobody may write on in it.
      out.pages_.push_back({page.offset, page.bytes.substr(0, count), false, page.is_packet});
      page.offset += count;
      page.bytes.erase(0, count);
    }
    moved += count;
  }
  if (moved > 0) out.wake(Queue::kReaders, 0, Wake::Who::kOne);
  if (has_moved_page) wake(Queue::kWriters, 0, Wake::Who::kOne);
  return moved;
}

Answer<std::size_t> Pipe::tee_to(Pipe& out, std::size_t size) const {
  std::size_t copied = 0;
  for (const Page& page : pages_) {
    if (copied == size || out.is_full()) break;
    if (!out.has_readers()) break;
    const std::size_t count = std::min(size - copied, page.bytes.size());
    out.pages_.push_back({page.offset, page.bytes.substr(0, count), false, page.is_packet});
    copied += count;
  }
  if (!out.has_readers() && copied == 0) return Errno{EPIPE};
  if (copied > 0) out.wake(Queue::kReaders, 0, Wake::Who::kOne);
  return copied;
}

Answer<std::size_t> Pipe::vmsplice(std::string_view from, std::size_t offset) {
  if (!has_readers()) return Errno{EPIPE};
  if (is_full()) return Blocked{Queue::kWriters, Wait::kShared};
  std::size_t moved = 0;
  while (moved < from.size() && !is_full()) {
    const std::size_t count = std::min(from.size() - moved, kPageSize - offset);
    pages_.push_back({offset, Bytes{from.substr(moved, count)}, false, false});
    moved += count;
    offset = 0;
  }
  wake(Queue::kReaders, 0, Wake::Who::kOne);
  return moved;
}

Answer<Bytes> Pipe::take(std::size_t size) {
  Bytes taken;
  bool has_freed_page = false;
  while (!is_empty() && taken.size() < size) {
    Page& page = pages_.front();
    const std::size_t count = std::min(size - taken.size(), page.bytes.size());
    taken.append(page.bytes, 0, count);
    page.offset += count;
    page.bytes.erase(0, count);
    if (!page.bytes.empty()) break;
    pages_.pop_front();
    has_freed_page = true;
  }
  if (taken.empty() && has_writers()) return Blocked{Queue::kReaders, Wait::kShared};
  if (has_freed_page) wake(Queue::kWriters, 0);
  return taken;
}

}  // namespace flinch::mechanisms
