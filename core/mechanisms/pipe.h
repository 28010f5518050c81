// Pipes and FIFOs (pipe(7), fifo(7)): a ring of pages between those who write and those who read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mechanisms/answer.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

inline constexpr std::size_t kPageSize = 4096;
inline constexpr std::size_t kPipePages = 16;  // pipe(7), "Pipe capacity"

/// The ends that a description holds: O_RDONLY, O_WRONLY or O_RDWR (fifo(7)).
struct Ends {
  bool reads = false;
  bool writes = false;
};

/// What one call asks of a pipe beside its bytes.
enum class Packets : std::uint8_t { kNo, kYes };   // O_DIRECT, pipe(2)
enum class Part : std::uint8_t { kFirst, kRest };  // of a write that had to wait for room

/// A pipe as the kernel keeps it. It neither knows descriptors nor sends signals: EPIPE is the caller's to
/// go with SIGPIPE. Capacity counts pages, not bytes, as in Linux.
class Pipe {
 public:
  /// Before Linux 6.14 a read from a full pipe woke a writer even if it left the pipe full. The writer went
  /// back to the end of its queue then, which shows where several wait.
  enum class WakesWriter : std::uint8_t { kForRoom, kForAnyRead };
  explicit Pipe(WakesWriter wakes = WakesWriter::kForRoom)
      : wakes_early_{wakes == WakesWriter::kForAnyRead} {}

  // ---- transfers: what can be moved now ----

  /// Takes up to `size` bytes; one packet at most ends with its rest thrown away. Empty at end of file.
  Answer<Bytes> read(std::size_t size);
  /// Puts in what there is room for, all of it if it is PIPE_BUF or less, or nothing. EPIPE without readers.
  Answer<std::size_t> write(std::string_view from, Packets packets, Part part = Part::kFirst);

  // ---- splice(2), tee(2), vmsplice(2) ----

  /// Moves up to `size` bytes to `out`, by whole pages where it can. SIGPIPE goes with EPIPE.
  Answer<std::size_t> splice_to(Pipe& out, std::size_t size);
  /// Copies up to `size` bytes to `out` and takes nothing.
  Answer<std::size_t> tee_to(Pipe& out, std::size_t size) const;
  /// Puts in pages of the caller's own: a page each for every page of memory that `from`, which begins
  /// `offset` bytes into its first one, lies in.
  Answer<std::size_t> vmsplice(std::string_view from, std::size_t offset);
  /// Takes up to `size` bytes as splice does: it knows no packets.
  Answer<Bytes> take(std::size_t size);

  // ---- the rest of what a descriptor may ask ----

  [[nodiscard]] std::size_t bytes_queued() const;  // FIONREAD
  [[nodiscard]] std::size_t capacity() const { return pages_max_ * kPageSize; }
  /// F_SETPIPE_SZ: the next power of two of pages. EINVAL, EBUSY, and EPERM above `limit` for growth.
  Answer<std::size_t> resize(std::uint32_t size, std::size_t limit, bool may_exceed);
  /// poll(2), for a description with these ends. `writers_seen` as open() gave it.
  [[nodiscard]] short events(Ends ends, std::uint64_t writers_seen);

  /// Where poll(2) waits.
  [[nodiscard]] static std::vector<Queue> watched(Ends ends);

  // ---- ends ----

  void add(Ends ends);
  void remove(Ends ends);
  /// An interrupted FIFO open takes its end back.
  void give_up(Ends ends);
  [[nodiscard]] bool has_readers() const { return readers_ > 0; }
  [[nodiscard]] bool has_writers() const { return writers_ > 0; }
  /// How many ends were ever opened: a FIFO's opener waits until the other side's number changes.
  [[nodiscard]] std::uint64_t readers_seen() const { return readers_seen_; }
  [[nodiscard]] std::uint64_t writers_seen() const { return writers_seen_; }

  /// What a sleeping reader or writer looks at when it is woken.
  [[nodiscard]] bool is_readable() const { return !pages_.empty() || !has_writers(); }
  [[nodiscard]] bool is_writable() const { return !is_full() || !has_readers(); }
  [[nodiscard]] bool is_full() const;
  [[nodiscard]] bool is_empty() const { return pages_.empty(); }

  /// Who is to be woken by what has happened since this was last asked.
  std::vector<Wake> take_wakes() { return std::exchange(wakes_, {}); }

  /// A call is done whose thread had been woken: the next one's turn, if something is left.
  void end_read(bool was_woken);
  void end_write(bool was_woken);

 private:
  struct Page {
    std::size_t offset;  // of the first byte in its page of memory
    Bytes bytes;
    bool merges;  // a later write may go on in it
    bool is_packet;
  };

  std::size_t merge_tail(std::string_view from);
  std::size_t push_page(std::string_view from, Packets packets);
  void wake(Queue queue, short events, Wake::Who who = Wake::Who::kOne);

  std::deque<Page> pages_;
  std::size_t pages_max_ = kPipePages;
  int readers_ = 0;
  int writers_ = 0;
  std::uint64_t readers_seen_ = 0;
  std::uint64_t writers_seen_ = 0;
  bool is_polled_ = false;
  bool has_told_readers_ = false;  // of the write that is under way
  bool wakes_early_;
  std::vector<Wake> wakes_;
};

}  // namespace flinch::mechanisms
