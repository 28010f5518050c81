// The stream ledger: where the tree's own writes to pipes and Unix stream sockets ended.
//
// A message that somebody wrote with one small write can't be read in two halves on Linux, and programs
// rely on that (nginx's channel between its processes, any fixed-size record on a pipe). So a read may
// only be cut short at the end of a write, or inside one that the kernel itself would have split.
//
// The table lies in the control block; both tiers write it, without locks. Whatever is not certain
// (overlapping writes, a full table, bytes that do not add up) makes the stream "not known", and then
// nothing is injected.
#pragma once

#include "core/abi/control_block.h"
#include "core/decision/injector.h"

namespace flinch {

inline constexpr std::uint64_t kPageSize = 4096;
inline constexpr std::uint64_t kPipeBuf = 4096;
/// Largest part of a Unix stream write that is queued in one piece, with the default SO_SNDBUF:
/// SKB_MAX_HEAD(0) and 32 KiB of pages (net/unix/af_unix.c, unix_stream_sendmsg; seen as 219264 = 6 of
/// these when a 1 MiB write was cut).
inline constexpr std::uint64_t kUnixChunk = 36544;

class StreamLedger {
 public:
  explicit StreamLedger(ControlBlock& control) : control_{control} {}

  /// Where a stream's record stands: in the first of these places that nobody else has.
  static constexpr std::uint32_t kProbes = 32;
  static constexpr std::uint32_t place_of(std::uint64_t key, std::uint32_t probe) {
    return (static_cast<std::uint32_t>((key * 0x9e3779b97f4a7c15ULL) >> 40) + probe) % kStreamSlots;
  }

  /// The record of a stream; nullptr if the table is full.
  StreamRecord* find(std::uint64_t key) {
    if (key == 0) return nullptr;
    for (std::uint32_t probe = 0; probe < kProbes; ++probe) {
      StreamRecord& record = control_.streams[place_of(key, probe)];
      std::uint64_t found = record.key.load(std::memory_order_acquire);
      if (found == key) return &record;
      if (found == 0 && (record.key.compare_exchange_strong(found, key) || found == key)) return &record;
    }
    return nullptr;
  }

  void set_flag(std::uint64_t key, std::uint32_t flag) {
    if (StreamRecord* record = find(key)) record->flags.fetch_or(flag);
  }

  /// Before a write of `size` bytes. Two at a time can't be told apart.
  void begin_write(std::uint64_t key, Mechanism mechanism, std::uint64_t size) {
    StreamRecord* record = find(key);
    if (record == nullptr) return;
    if (size <= whole_up_to(mechanism)) record->flags.fetch_or(kStreamSmall);
    if (record->in_flight.fetch_add(1) != 0) record->flags.fetch_or(kStreamBlurred);
  }

  /// After it; `result` as the kernel gave it.
  void end_write(std::uint64_t key, std::int64_t result, std::uint32_t tgid) {
    StreamRecord* record = find(key);
    if (record == nullptr) return;
    if (result > 0) {
      const auto size = static_cast<std::uint64_t>(result);
      const std::uint64_t end = record->written.fetch_add(size) + size;
      StreamRecord::Mark& mark = record->marks[record->mark_count.fetch_add(1) % StreamRecord::kMarks];
      mark = {end, static_cast<std::uint32_t>(size > 0xffffffffU ? 0xffffffffU : size), tgid};
    }
    record->in_flight.fetch_sub(1);
  }

  /// What is known of the `queued` bytes that a reader finds, for a read that is to stop after at least
  /// `at_least` and before `below` bytes.
  StreamHistory history(std::uint64_t key, Mechanism mechanism, std::uint64_t queued, std::uint64_t at_least,
                        std::uint64_t below, std::uint32_t tgid) {
    StreamHistory history;
    const StreamRecord* record = find(key);
    if (record == nullptr) return history;
    const std::uint32_t flags = record->flags.load();
    history.was_peeked = (flags & kStreamPeeked) != 0;
    history.is_capacity_known = (flags & kStreamCapacityKnown) != 0;
    history.written = record->written.load();
    if ((flags & kStreamBlurred) != 0) return history;
    if (control_.sees_wrappers_only != 0 && !adds_up(*record, queued)) return history;
    history.is_from_outside = history.written == 0 && record->in_flight.load() == 0;
    if (history.is_from_outside) {
      history.is_known = true;
      history.cut = at_least < below ? at_least : 0;
      return history;
    }
    if (record->in_flight.load() != 0) {
      // A writer is at it, so how far it came is not known. If nobody ever wrote less than what the
      // kernel splits by itself, every piece is a place where a full buffer could have stopped it.
      if ((flags & (kStreamSmall | kStreamCapacityKnown)) != 0) return history;
      const std::uint64_t piece = piece_of(mechanism);
      history.is_known = true;
      // It went in by whole pieces, so what is queued ends at one, and pieces are counted from there.
      history.cut = queued % piece;
      if (history.cut < at_least) history.cut += (at_least - history.cut + piece - 1) / piece * piece;
      if (history.cut >= below) history.cut = 0;
      return history;
    }
    if (queued > history.written) return history;
    history.is_known = true;
    find_cut(*record, mechanism, queued, at_least, below, tgid, history);
    return history;
  }

 private:
  /// Without a supervisor, stdio, raw calls and programs that this one executed write and read unseen. Only
  /// a stream that the tree found there comes from outside; in any other, what was written and not read
  /// has to be what is queued.
  static bool adds_up(const StreamRecord& record, std::uint64_t queued) {
    if (record.in_flight.load() != 0) return false;
    const std::uint64_t written = record.written.load();
    if (written == 0) return (record.flags.load() & kStreamInherited) != 0;
    return written - record.read.load() == queued;
  }

  /// Up to this many bytes a write is all or nothing, even with the smallest buffer.
  static constexpr std::uint64_t whole_up_to(Mechanism mechanism) {
    return is_pipe(mechanism) ? 2 * kPageSize : kUnixChunk;
  }

  /// What a larger one is split into when the buffer is full.
  static constexpr std::uint64_t piece_of(Mechanism mechanism) {
    return is_pipe(mechanism) ? kPageSize : kUnixChunk;
  }

  /// Walks the last writes from the oldest to the newest and keeps the first place that fits.
  static void find_cut(const StreamRecord& record, Mechanism mechanism, std::uint64_t queued,
                       std::uint64_t at_least, std::uint64_t below, std::uint32_t tgid,
                       StreamHistory& history) {
    const std::uint64_t start = history.written - queued;
    const std::uint32_t count = record.mark_count.load();
    const std::uint32_t kept = count < StreamRecord::kMarks ? count : StreamRecord::kMarks;
    for (std::uint32_t i = count - kept; i != count; ++i) {
      const StreamRecord::Mark mark = record.marks[i % StreamRecord::kMarks];
      if (mark.end <= start || mark.end > history.written) continue;
      if (mark.tgid == tgid) history.is_own_writing = true;
      if (history.cut != 0) continue;
      const std::uint64_t begin = mark.end - mark.size;
      // Who knows or chose the buffer's size knows what fits into it.
      const std::uint64_t split =
          history.is_capacity_known ? 0 : inside(begin, mark.size, start + at_least, mechanism);
      for (std::uint64_t place : {split, mark.end}) {
        if (place > start && place - start >= at_least && place - start < below) {
          history.cut = place - start;
          break;
        }
      }
    }
  }

  /// First place at or after `from` inside a write that the kernel splits by itself; 0 if it does not.
  static std::uint64_t inside(std::uint64_t begin, std::uint64_t size, std::uint64_t from,
                              Mechanism mechanism) {
    if (size <= whole_up_to(mechanism)) return 0;
    // The smallest pipe that the kernel makes takes two pages of it first, and then one whenever one is
    // free; what goes into a page that an earlier write left open is not relied on (fs/pipe.c).
    const std::uint64_t piece = piece_of(mechanism);
    std::uint64_t place = begin + whole_up_to(mechanism);
    if (place < from) place += (from - place + piece - 1) / piece * piece;
    return place < begin + size ? place : 0;
  }

  ControlBlock& control_;
};

}  // namespace flinch
