#include "core/mechanisms/pipe.h"

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <bit>

#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {
namespace {

constexpr short kIn = POLLIN | POLLRDNORM;
constexpr short kOut = POLLOUT | POLLWRNORM;

}  // namespace

bool Pipe::is_full() const { return pages_.size() >= pages_max_ + (MUTANT(pipe_one_page_more) ? 1 : 0); }

void Pipe::wake(Queue queue, short events, Wake::Who who) { wakes_.push_back({queue, who, events}); }

Answer<Bytes> Pipe::read(std::size_t size) {
  if (size == 0) return Bytes{};  // Linux answers before it looks.
  if (MUTANT(pipe_hang_up_before_data) && !has_writers()) return Bytes{};
  bool has_made_room = is_full() && wakes_early_;
  const auto pop_page = [&] {
    has_made_room = has_made_room || is_full();
    pages_.pop_front();
  };
  Bytes taken;
  while (!pages_.empty() && taken.size() < size) {
    Page& page = pages_.front();
    const std::size_t count = std::min(size - taken.size(), page.bytes.size());
    taken.append(page.bytes, 0, count);
    if (page.is_packet) {
      // One packet a read, and what did not fit is gone (pipe(2), O_DIRECT).
      page.bytes.erase(0, count);
      if (!MUTANT(pipe_packet_keeps_rest) || page.bytes.empty()) pop_page();
      break;
    }
    page.offset += count;
    page.bytes.erase(0, count);
    if (page.bytes.empty()) pop_page();
  }
  if (taken.empty() && has_writers()) return Blocked{Queue::kReaders};
  if (has_made_room && !MUTANT(pipe_lost_wake_up)) wake(Queue::kWriters, kOut);
  return taken;
}

Answer<std::size_t> Pipe::write(std::string_view from, Packets packets, Part part) {
  has_told_readers_ = false;
  if (from.empty() && !MUTANT(pipe_empty_write_needs_reader)) return std::size_t{0};
  if (!has_readers()) return Errno{EPIPE};
  const bool was_empty = is_empty();
  // Capacity counts pages, so PIPE_BUF atomicity needs no code of its own: so small a write goes on in the
  // last page if all of it fits there, takes a new page whole, or waits.
  std::size_t written = part == Part::kFirst ? merge_tail(from) : 0;
  while (written < from.size() && !is_full()) written += push_page(from.substr(written), packets);
  if (written == 0) return Blocked{Queue::kWriters};
  has_told_readers_ = was_empty;
  if (was_empty) wake(Queue::kReaders, kIn);
  return written;
}

/// The odd end of a write joins the last page if it fits there whole; the rest then is whole pages.
std::size_t Pipe::merge_tail(std::string_view from) {
  std::size_t odd = from.size() % kPageSize;
  if (odd == 0 || is_empty()) return 0;
  Page& last = pages_.back();
  const std::size_t end = last.offset + last.bytes.size();
  if (MUTANT(pipe_buf_is_torn)) odd = std::min(odd, kPageSize - std::min(end, kPageSize));
  if (!last.merges || end + odd > kPageSize) return 0;
  last.bytes.append(from.substr(0, odd));
  return odd;
}

std::size_t Pipe::push_page(std::string_view from, Packets packets) {
  const std::size_t count = std::min(from.size(), kPageSize);
  const bool is_packet = packets == Packets::kYes;
  pages_.push_back({0, Bytes{from.substr(0, count)}, !is_packet || MUTANT(pipe_merges_packets), is_packet});
  return count;
}

std::size_t Pipe::bytes_queued() const {
  std::size_t sum = 0;
  for (const Page& page : pages_) sum += page.bytes.size();
  return sum;
}

Answer<std::size_t> Pipe::resize(std::uint32_t size, std::size_t limit, bool may_exceed) {
  if (size > 1U << 31) return Errno{EINVAL};
  const std::uint32_t rounded = std::bit_ceil(std::max<std::uint32_t>(size, kPageSize));
  std::size_t pages = rounded / kPageSize;
  if (MUTANT(pipe_size_not_rounded)) pages = (std::max<std::size_t>(size, 1) + kPageSize - 1) / kPageSize;
  if (pages > pages_max_ && rounded > limit && !may_exceed) return Errno{EPERM};
  if (pages < pages_.size() && !MUTANT(pipe_shrinks_over_data)) return Errno{EBUSY};
  pages_max_ = pages;
  wake(Queue::kWriters, 0);  // there may be more room now
  return capacity();
}

short Pipe::events(Ends ends, std::uint64_t writers_seen) {
  is_polled_ = true;
  int events = 0;
  if (ends.reads) {
    if (!is_empty()) events |= kIn;
    // A FIFO that was opened without a writer has not lost one before one was there.
    const bool had_writer = writers_seen != writers_seen_ || MUTANT(fifo_hang_up_before_writer);
    if (!has_writers() && had_writer) events |= POLLHUP;
  }
  if (ends.writes) {
    if (!is_full()) events |= kOut;
    if (!has_readers() && !MUTANT(pipe_no_err_without_readers)) events |= POLLERR;
  }
  return static_cast<short>(events);
}

std::vector<Queue> Pipe::watched(Ends ends) {
  std::vector<Queue> queues;
  if (ends.reads) queues.push_back(Queue::kReaders);
  if (ends.writes) queues.push_back(Queue::kWriters);
  return queues;
}

void Pipe::add(Ends ends) {
  const bool is_first = (ends.reads && readers_ == 0) || (ends.writes && writers_ == 0);
  if (ends.reads) ++readers_, ++readers_seen_;
  if (ends.writes) ++writers_, ++writers_seen_;
  if (is_first) wake(Queue::kReaders, 0, Wake::Who::kAll);  // partners wait there, fifo(7)
}

void Pipe::remove(Ends ends) {
  if (ends.reads) --readers_;
  if (ends.writes) --writers_;
  if (has_readers() == has_writers()) return;
  wake(Queue::kReaders, 0, Wake::Who::kAll);
  wake(Queue::kWriters, 0, Wake::Who::kAll);
}

void Pipe::give_up(Ends ends) {
  if (ends.reads && --readers_ == 0) wake(Queue::kWriters, 0);
  if (ends.writes && --writers_ == 0) wake(Queue::kReaders, 0, Wake::Who::kAll);
}

void Pipe::end_read(bool was_woken) {
  if (was_woken && !is_empty()) wake(Queue::kReaders, kIn);
}

void Pipe::end_write(bool was_woken) {
  // Once somebody has polled it, a pipe tells of every write, empty before or not: epoll relies on it.
  if (is_polled_ && !has_told_readers_) wake(Queue::kReaders, kIn);
  if (was_woken && !is_full()) wake(Queue::kWriters, kOut);
}

}  // namespace flinch::mechanisms
