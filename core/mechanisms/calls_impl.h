// How a world carries out each call; one function a call, in the file of what it is about.
#pragma once

#include "core/mechanisms/world.h"

namespace flinch::mechanisms {

struct Calls {
  /// What a call comes to: known at once, or to be attempted until it ends.
  using Start = std::variant<Reply, World::Attempt>;

  World& world;
  ThreadId thread;

  // pipe_making.cpp
  Start operator()(const call::Pipe2& call);
  Start operator()(const call::MakeFifo& call);
  Start operator()(const call::Unlink& call);
  Start operator()(const call::Open& call);
  Start operator()(const call::Reopen& call);
  // pipe_splicing.cpp
  Start operator()(const call::Splice& call);
  Start operator()(const call::Tee& call);
  Start operator()(const call::Vmsplice& call);
  Start operator()(const call::TakePages& call);
  // transfers.cpp
  Start operator()(const call::Read& call);
  Start operator()(const call::Write& call);
  Start operator()(const call::Readv& call);
  Start operator()(const call::Writev& call);
  // descriptors.cpp
  Start operator()(const call::Close& call);
  Start operator()(const call::Dup& call);
  Start operator()(const call::Dup3& call);
  Start operator()(const call::Fcntl& call);
  Start operator()(const call::Ioctl& call);
  Start operator()(const call::LimitDescriptors& call);
  // positions.cpp
  Start operator()(const call::Lseek& call);
  Start operator()(const call::Pread& call);
  Start operator()(const call::Pwrite& call);
  // polling.cpp
  Start operator()(const call::Poll& call);
  Start operator()(const call::Ppoll& call);
  // selecting.cpp
  Start operator()(const call::Select& call);
  Start operator()(const call::Pselect6& call);
  // processes.cpp
  Start operator()(const call::Fork& call);
  Start operator()(const call::Exit& call);
  Start operator()(const call::Capset& call);
  // system_v_semaphore_calls.cpp
  Start operator()(const call::Semget& call);
  Start operator()(const call::Semtimedop& call);
  Start operator()(const call::Semctl& call);
  // system_v_queue_calls.cpp
  Start operator()(const call::Msgget& call);
  Start operator()(const call::Msgsnd& call);
  Start operator()(const call::Msgrcv& call);
  Start operator()(const call::Msgctl& call);
  // system_v_segment_calls.cpp
  Start operator()(const call::Shmget& call);
  Start operator()(const call::Shmat& call);
  Start operator()(const call::Shmdt& call);
  Start operator()(const call::ShmUnmap& call);
  Start operator()(const call::Shmctl& call);
  // system_v_memory_calls.cpp
  Start operator()(const call::Peek& call);
  Start operator()(const call::Poke& call);
  // posix_queuing.cpp
  Start operator()(const call::MqOpen& call);
  Start operator()(const call::MqUnlink& call);
  Start operator()(const call::MqSend& call);
  Start operator()(const call::MqReceive& call);
  Start operator()(const call::MqGetSetAttr& call);
  Start operator()(const call::MqNotify& call);
  Start operator()(const call::MqStatus& call);
  Start operator()(const call::LimitQueues& call);
  // memory_files.cpp
  Start operator()(const call::MemfdCreate& call);
  Start operator()(const call::ShmOpen& call);
  Start operator()(const call::ShmUnlink& call);
  Start operator()(const call::Ftruncate& call);
  Start operator()(const call::Fallocate& call);
  Start operator()(const call::Fstat& call);
  // memory_mapping.cpp
  Start operator()(const call::Mmap& call);
  Start operator()(const call::Mprotect& call);
  Start operator()(const call::Munmap& call);
  Start operator()(const call::Load& call);
  Start operator()(const call::Store& call);
  // futexing.cpp
  Start operator()(const call::Futex& call);
  // socket_naming.cpp
  Start operator()(const call::Bind& call);
  Start operator()(const call::Listen& call);
  Start operator()(const call::Connect& call);
  Start operator()(const call::Accept4& call);
  Start operator()(const call::Getsockname& call);
  Start operator()(const call::Getpeername& call);
  // socketing.cpp
  Start operator()(const call::Socket& call);
  Start operator()(const call::Socketpair& call);
  Start operator()(const call::Shutdown& call);
  Start operator()(const call::Sendto& call);
  Start operator()(const call::Recvfrom& call);
  Start operator()(const call::Setsockopt& call);
  Start operator()(const call::Getsockopt& call);
  // signal_calls.cpp
  Start operator()(const call::Sigaction& call);
  Start operator()(const call::Sigprocmask& call);
  Start operator()(const call::Sigpending& call);
  Start operator()(const call::Kill& call);
  Start operator()(const call::Sigqueue& call);
  Start operator()(const call::Tkill& call);
  Start operator()(const call::Tgkill& call);
  Start operator()(const call::Pause& call);
  Start operator()(const call::Sigsuspend& call);
  Start operator()(const call::Sigtimedwait& call);
  Start operator()(const call::LimitSignals& call);
  // waiting_for_children.cpp
  Start operator()(const call::Wait4& call);
  Start operator()(const call::Waitid& call);
  // semaphores.cpp
  Start operator()(const call::SemInit& call);
  Start operator()(const call::SemPost& call);
  Start operator()(const call::SemWait& call);
  Start operator()(const call::SemTrywait& call);
  Start operator()(const call::SemGetvalue& call);
  // eventing.cpp
  Start operator()(const call::Eventfd2& call);
  // epolling.cpp
  Start operator()(const call::EpollCreate& call);
  Start operator()(const call::EpollCreate1& call);
  Start operator()(const call::EpollCtl& call);
  Start operator()(const call::EpollWait& call);
  Start operator()(const call::EpollPwait2& call);

  // system_v.cpp
  void end_system_v();

 private:
  // The parts of World that calls work with, so that their files need not be friends as well.
  using Description = World::Description;
  using Descriptor = World::Descriptor;
  using Bed = World::Bed;
  using Outcome = World::Outcome;
  using Sleep = World::Sleep;
  using Occasion = World::Occasion;

  [[nodiscard]] int reading_description(int fd) const;
  [[nodiscard]] int writing_description(int fd) const;
  Start read(int fd, std::size_t size);
  Start write(int fd, Bytes bytes);
  // One overload a kind of object.
  Start read_from(Pipe& pipe, DescriptionId number, std::size_t size);
  Start write_to(Pipe& pipe, DescriptionId number, Bytes bytes);
  Start read_from(PosixQueue& queue, DescriptionId number, std::size_t size);
  Start write_to(PosixQueue& queue, DescriptionId number, const Bytes& bytes);
  Start read_from(EventCounter& counter, DescriptionId number, std::size_t size);
  Start write_to(EventCounter& counter, DescriptionId number, const Bytes& bytes);
  Start read_from(Epoll& epoll, DescriptionId number, std::size_t size);
  Start write_to(Epoll& epoll, DescriptionId number, const Bytes& bytes);
  int error_of_watching(const Description& instance, const Description& target, const call::EpollCtl& call);
  /// writev(2) of an eventfd is a write a part.
  Start write_parts(DescriptionId number, std::vector<Bytes> parts);
  Start read_from(UnixSocketPlace& place, DescriptionId number, std::size_t size);
  Start write_to(UnixSocketPlace& place, DescriptionId number, Bytes bytes);
  /// The smallest free number from `from`, or -1 (EMFILE).
  [[nodiscard]] int free_descriptor(int from = 0) const;
  Start read_from(SharedMemory& memory, DescriptionId number, std::size_t size);
  Start write_to(SharedMemory& memory, DescriptionId number, const Bytes& bytes);
  SharedMemory* memory_of(const Description* description);
  bool has_position(const Description& description);
  /// Whether the description goes on from where the write has ended.
  enum class Moves : std::uint8_t { kNo, kYes };
  Start write_at(DescriptionId number, std::size_t offset, const Bytes& bytes, Moves moves);
  /// F_ADD_SEALS and F_GET_SEALS. Precondition: the descriptor is open.
  Start seal(const call::Fcntl& call);
  enum class Touch : std::uint8_t { kRead, kWrite };
  [[nodiscard]] World::Page* page_at(Address address, Touch touch) const;
  [[nodiscard]] Bytes load(const World::Page& page, std::size_t inside, std::size_t size) const;
  void store(World::Page& page, std::size_t inside, std::string_view bytes) const;
  /// Whoever changes the size of memory, so that private copies of pages beyond it go.
  Answer<std::size_t> resize_memory(ObjectId object, std::size_t size);
  [[nodiscard]] int error_of_path(const std::string& path) const;
  Start open_fifo(ObjectId object, int flags, bool is_anonymous);
  Start open_memory(ObjectId object, int flags, bool closes_on_exec);
  /// The 32 bits at an address, or nothing (EFAULT).
  [[nodiscard]] std::optional<std::uint32_t> word_at(Address address) const;
  /// Precondition: it can be written.
  void set_word(Address address, std::uint32_t value);
  /// EINVAL, EFAULT; `operation` with FUTEX_PRIVATE_FLAG or without.
  [[nodiscard]] Answer<FutexKey> futex_key(Address address, int operation, Touch touch) const;
  Start futex_wait(const call::Futex& call, std::uint32_t bits);
  Start futex_requeue(const call::Futex& call, bool compares);
  Start futex_wake_op(const call::Futex& call);
  /// Null if it is something else, or nothing (EBADF).
  PosixQueue* queue_of(const Description* description);
  Start between(int in, int out, std::size_t size, unsigned flags, bool copies);
  /// Of a file with this st_mode: does it let this caller do what open(2)'s flags ask for (EACCES)?
  [[nodiscard]] bool may_open(int mode, int flags) const;
  /// CAP_SYS_RESOURCE.
  [[nodiscard]] bool is_privileged() const;
  Start take_pages(int fd, std::size_t size, unsigned flags, bool tells);
  Start give_pages(int fd, const Bytes& bytes, std::size_t offset, unsigned flags, bool tells);
  Start duplicate(int fd, int from, bool closes_on_exec);
  enum class MayWait : std::uint8_t { kNo, kYes };
  Start poll(const std::vector<call::PollEntry>& entries, MayWait may_wait);
  Start select(const Selection& selection, Deadline timeout);
  Start wait_for_events(int fd, int max, MayWait may_wait);

  // socketing.cpp
  /// What is wrong with a descriptor for a socket's call, or 0.
  [[nodiscard]] int error_of_socket(int fd) const;
  Reply socket_ioctl(const Description& description, const call::Ioctl& call) const;
  // unix_sending.cpp, unix_receiving.cpp
  Start send(DescriptionId number, Bytes bytes, int flags, const std::optional<SocketName>& to);
  Start send_to_stream(DescriptionId number, Bytes bytes, int flags);
  Start send_packet(DescriptionId number, Bytes bytes, int flags, const std::optional<SocketName>& to);
  enum class AsksName : std::uint8_t { kNo, kYes };
  Start receive(DescriptionId number, std::size_t size, int flags, AsksName asks);
  Start receive_from_stream(DescriptionId number, std::size_t size, int flags, AsksName asks);
  Start receive_packet(DescriptionId number, std::size_t size, int flags, AsksName asks);
  /// How far sending a packet has come.
  struct Sending {
    Bytes name;  // empty for the peer
    UnixMessage packet;
    std::optional<ObjectId> to;
    bool is_charged;
    bool has_slept_for_room;
  };
  static Answer<std::size_t> deliver(World& now, Sending& sending);
  // socket_naming.cpp
  static void tell_sender(Reply& reply, const UnixSockets& sockets, std::optional<ObjectId> sender);
  static void tell_name(Reply& reply, const std::optional<Bytes>& name);
  /// What is wrong with a Unix socket's name, or 0.
  static int error_of_socket_name(const SocketName& name);
  /// As UnixSockets::find(), but for names that are FIFOs.
  [[nodiscard]] static Answer<ObjectId> find_socket(const World& now, const Bytes& name, int type);
  Start connect_stream(DescriptionId number, const Bytes& name);

  // waiting_for_children.cpp
  /// ECHILD; nobody if there is nothing to tell yet.
  Answer<ChildNews> news_of_children(const Target& whom, int options);
  World::Attempt wait_for_children(const Target& whom, int options, Reply (*tell)(const ChildNews& news));
  // signal_calls.cpp
  /// Nothing if there is none (ESRCH); a dead one is there until somebody has waited for it.
  [[nodiscard]] std::optional<ProcessId> process_called(const Target& target) const;
  Reply send_to(ProcessId process, const SignalInfo& info);
  Reply send_to_thread(const std::optional<Target>& of, const Target& target, int signal);

  // system_v.cpp
  /// ipc(7): may this caller do what `mode` (bits as in chmod(2), of any class) asks for?
  [[nodiscard]] bool may(const SystemVPermission& permission, int mode) const;
  [[nodiscard]] ProcessId process() const { return world.threads_.at(thread).process; }
  // system_v_semaphore_calls.cpp
  /// msgsnd(2), msgrcv(2).
  static World::Restart how_interrupted();
  Start control_all(SystemVSemaphores& set, const call::Semctl& call);
  Start control_one(SystemVSemaphores& set, const call::Semctl& call);
  // system_v_segment_calls.cpp
  void detach(Address begin, Address end);
  void let_go_of_segment(int number);
  void inherit_attachments();
  void end_attachments();
  // system_v_memory_calls.cpp
  [[nodiscard]] const SystemVAttachment* attachment_at(Address address) const;
};

}  // namespace flinch::mechanisms
