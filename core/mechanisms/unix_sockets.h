// All Unix sockets of a machine (unix(7)). They are numbered by whoever makes them, and a number is never
// given twice.
//
// A socket has one queue for everybody who sleeps at it, so that a wake-up that is meant for one kind of sleeper
// reaches others too, and whoever waits for room looks again.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "core/mechanisms/pipe.h"
#include "core/mechanisms/socket_charge.h"
#include "core/mechanisms/unix_socket.h"
#include "core/mechanisms/wake.h"

namespace flinch::mechanisms {

/// What a machine's owner has set: /proc/sys/net/core and /proc/sys/net/unix. Bytes, as they are charged.
struct SocketLimits {
  int send_buffer = 212992;         // wmem_default
  int send_buffer_max = 212992;     // wmem_max
  int receive_buffer = 212992;      // rmem_default
  int receive_buffer_max = 212992;  // rmem_max
  std::size_t packets_max = 10;     // max_dgram_qlen
  int backlog_max = 4096;           // somaxconn
  SocketCharges charges;
};

class UnixSockets {
 public:
  explicit UnixSockets(const SocketLimits& limits) : limits_{limits} {}

  // ---- beginning and end ----

  void make(ObjectId number, int type);
  /// socketpair(2).
  void join(ObjectId one, ObjectId other);
  /// The last descriptor is closed.
  void close(ObjectId number);
  /// shutdown(2): EINVAL.
  Answer<int> shut_down(ObjectId number, int how);

  // ---- names: a file, or without one if they begin with a 0 (unix(7), "abstract") ----

  /// bind(2): EINVAL if it has a name, EADDRINUSE, ENOENT. The kernel chooses one if there is none, and never refuses.
  Answer<int> bind(ObjectId number, const Bytes& name);
  /// Whom a name stands for: ENOENT, ECONNREFUSED, EPROTOTYPE.
  [[nodiscard]] Answer<ObjectId> find(const Bytes& name, int type) const;
  [[nodiscard]] bool has_file(const Bytes& name) const { return files_.contains(name); }
  /// unlink(2); false if there is none.
  bool remove_file(const Bytes& name) { return files_.erase(name) > 0; }

  // ---- connections ----

  /// EOPNOTSUPP, EINVAL.
  Answer<int> listen(ObjectId number, int backlog);
  /// Whether a connection can be made now: ECONNREFUSED, EISCONN, EINVAL.
  [[nodiscard]] Answer<int> may_connect(ObjectId number, ObjectId to) const;
  /// Makes the other end, `made`, which is to be accepted. Precondition: may_connect().
  void connect(ObjectId number, ObjectId to, ObjectId made);
  /// EINVAL, EOPNOTSUPP.
  Answer<ObjectId> accept(ObjectId number);
  /// Datagrams go to and come from one peer only, or nobody. EPERM if that one has another peer.
  Answer<int> set_peer(ObjectId number, std::optional<ObjectId> peer);

  // ---- streams ----

  /// Why it sends nothing at all: ENOTCONN, or EPIPE that SIGPIPE goes with; 0 if it may.
  [[nodiscard]] int refusal(ObjectId number) const;
  /// How many bytes of so many are sent at a time.
  [[nodiscard]] std::size_t part_of(ObjectId number, std::size_t size) const;
  /// Puts bytes into the peer's queue, as one part. EPIPE, without SIGPIPE; the error that the socket holds.
  Answer<std::size_t> send_part(ObjectId number, std::string_view part);
  struct Part {
    Bytes bytes;     // empty at the end of the stream
    bool was_whole;  // so that the next one may follow it
  };
  /// Takes up to `size` bytes of the first part in the queue. The error that the socket holds.
  Answer<Part> receive_part(ObjectId number, std::size_t size);
  /// MSG_PEEK: up to `size` bytes of all parts. Precondition: there is one.
  [[nodiscard]] Bytes peek(ObjectId number, std::size_t size) const;
  /// One call at a time receives from a stream, whatever it waits for. EBUSY is told by false.
  bool lock(ObjectId number);
  void unlock(ObjectId number);

  /// What a sleeper looks at when it is woken.
  [[nodiscard]] bool is_receivable(ObjectId number) const;
  [[nodiscard]] bool may_send(ObjectId number) const;

  // ---- datagrams and sequenced packets ----

  /// Why a sequenced packet cannot be sent at all: the error that the socket holds, ENOTCONN; 0 if it can.
  int packet_refusal(ObjectId number);
  /// Makes room for a packet, and says what it is charged with. EMSGSIZE, EPIPE without SIGPIPE, the error that
  /// the socket holds.
  Answer<std::size_t> reserve(ObjectId number, std::size_t size);
  /// Puts a packet into the queue of `to`. EPERM, EPIPE; ECONNREFUSED if that was the peer and is gone, ECONNRESET if
  /// it is gone and was not.
  Answer<std::size_t> deliver(ObjectId number, ObjectId to, UnixMessage packet);
  /// Somebody could not send to its peer: he is to be told of room there.
  void watch_peer(ObjectId number);
  /// A packet has been received, or thrown away.
  void discharge(const UnixMessage& message);
  enum class Keep : std::uint8_t { kNo, kYes };  // MSG_PEEK
  /// The first packet in the queue. The error that the socket holds.
  Answer<UnixMessage> receive_packet(ObjectId number, Keep keep);

  // ---- the rest ----

  /// ENOPROTOOPT; level SOL_SOCKET.
  Answer<int> option(ObjectId number, int option);
  Answer<int> set_option(ObjectId number, int option, int value);
  [[nodiscard]] short events(ObjectId number);                    // poll(2)
  [[nodiscard]] std::size_t bytes_queued(ObjectId number) const;  // FIONREAD
  [[nodiscard]] const UnixSocket& at(ObjectId number) const { return sockets_.at(number); }

  /// Who is to be woken, and where, by what has happened since this was last asked.
  std::vector<std::pair<ObjectId, Wake>> take_wakes() { return std::exchange(wakes_, {}); }

 private:
  UnixSocket& socket(ObjectId number) { return sockets_.at(number); }
  /// 0 if it holds none; it holds it no more.
  int take_error(UnixSocket& socket);
  [[nodiscard]] bool is_writable(const UnixSocket& socket) const;
  [[nodiscard]] static bool is_full(const UnixSocket& socket) { return socket.queue.size() > socket.backlog; }
  void enqueue(ObjectId to, UnixMessage message);
  void throw_away_queue(ObjectId number);
  /// Never accepted.
  enum class Birth : std::uint8_t { kDone, kMissed };
  void end(ObjectId number, Birth birth);
  void leave_peer(ObjectId number, std::optional<ObjectId> next);

  void tell_of_data(ObjectId number);
  void tell_of_room(ObjectId number);
  void tell_all(ObjectId number);
  void wake(ObjectId number, Wake::Who who, short events);
  /// Those who wait for room in its queue, or poll for it.
  void tell_peers(ObjectId number, Wake::Who who, short events);

  SocketLimits limits_;
  std::map<ObjectId, UnixSocket> sockets_;
  std::map<Bytes, ObjectId> files_;                  // sockets that may have ended
  std::map<std::pair<Bytes, int>, ObjectId> names_;  // by type: each has names of its own
  std::vector<std::pair<ObjectId, Wake>> wakes_;
};

/// Stands in a world for the socket of the same number.
struct UnixSocketPlace {
  // Asked of UnixSockets instead, which knows the others.
  static short events(Ends, std::uint64_t) { return 0; }
  static std::vector<Queue> watched(Ends) { return {Queue::kReaders}; }
  static std::vector<Wake> take_wakes() { return {}; }
  static void remove(Ends) {}
};

}  // namespace flinch::mechanisms
