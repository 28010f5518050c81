// Names of Unix sockets, and who connects to them.
#include <errno.h>

#include "core/mechanisms/mutants.h"
#include "core/mechanisms/unix_sockets.h"

namespace flinch::mechanisms {
namespace {

const Bytes kChosen{"\0.....", 6};

bool is_path(const Bytes& name) { return !name.empty() && name[0] != 0; }

}  // namespace

Answer<int> UnixSockets::bind(ObjectId number, const Bytes& name) {
  UnixSocket& own = socket(number);
  if (name.empty()) {
    if (!own.name) own.name = kChosen;
    return 0;
  }
  if (is_path(name)) {
    // The file is made first, and taken away again.
    const Bytes path = name.substr(0, name.find('\0'));
    if (path == "." || files_.contains(path)) return Errno{EADDRINUSE};
    if (path.find('/') != Bytes::npos) return Errno{ENOENT};
    if (own.name) return Errno{EINVAL};
    files_[path] = number;
    own.name = path + Bytes(1, 0);
    return 0;
  }
  if (own.name) return Errno{EINVAL};
  const std::pair key{name, MUTANT(unix_names_have_no_type) ? 0 : own.type};
  if (names_.contains(key)) return Errno{EADDRINUSE};
  names_[key] = number;
  own.name = name;
  return 0;
}

Answer<ObjectId> UnixSockets::find(const Bytes& name, int type) const {
  if (!is_path(name)) {
    const auto found = names_.find({name, MUTANT(unix_names_have_no_type) ? 0 : type});
    if (found == names_.end()) return Errno{ECONNREFUSED};
    return found->second;
  }
  const Bytes path = name.substr(0, name.find('\0'));
  if (path == ".") return Errno{ECONNREFUSED};
  const auto found = files_.find(path);
  if (found == files_.end()) return Errno{ENOENT};
  if (at(found->second).is_dead) return Errno{ECONNREFUSED};
  if (at(found->second).type != type && !MUTANT(unix_any_type_connects)) return Errno{EPROTOTYPE};
  return found->second;
}

Answer<int> UnixSockets::listen(ObjectId number, int backlog) {
  UnixSocket& own = socket(number);
  if (!own.is_connection()) return Errno{EOPNOTSUPP};
  if (!own.name || own.state == UnixSocket::State::kConnected) return Errno{EINVAL};
  const auto max = static_cast<unsigned>(limits_.backlog_max);
  const std::size_t wanted = std::min(static_cast<unsigned>(backlog), max);
  if (wanted > own.backlog) tell_peers(number, Wake::Who::kAll, 0);
  own.backlog = wanted;
  own.state = UnixSocket::State::kListening;
  return 0;
}

Answer<int> UnixSockets::may_connect(ObjectId number, ObjectId to) const {
  const UnixSocket& other = at(to);
  if (other.state != UnixSocket::State::kListening || other.receives_no_more) return Errno{ECONNREFUSED};
  const std::size_t spare = MUTANT(unix_backlog_is_exact) ? 1 : 0;
  if (other.queue.size() + spare > other.backlog) return Blocked{Queue::kPeers, Wait::kExclusive};
  if (at(number).state == UnixSocket::State::kConnected) return Errno{EISCONN};
  if (at(number).state == UnixSocket::State::kListening) return Errno{EINVAL};
  return 0;
}

void UnixSockets::connect(ObjectId number, ObjectId to, ObjectId made) {
  make(made, at(number).type);
  join(number, made);
  if (!MUTANT(unix_accepted_has_no_name)) socket(made).name = at(to).name;
  enqueue(to, {{}, made, 0});
}

Answer<ObjectId> UnixSockets::accept(ObjectId number) {
  UnixSocket& own = socket(number);
  if (!own.is_connection()) return Errno{EOPNOTSUPP};
  if (own.state != UnixSocket::State::kListening) return Errno{EINVAL};
  if (own.queue.empty()) return Blocked{Queue::kReaders, Wait::kExclusive};
  const ObjectId made = own.queue.front().sender;
  own.queue.pop_front();
  tell_peers(number, Wake::Who::kOne, 0);
  return made;
}

}  // namespace flinch::mechanisms
