// Looking at shared memory and writing to it. Programs do that without a call; here a call stands for it, so
// that it is known who did it when, and that memory which isn't there answers EFAULT and no signal.
#include <errno.h>

#include <algorithm>

#include "core/mechanisms/calls_impl.h"
#include "core/mechanisms/mutants.h"

namespace flinch::mechanisms {

/// The bytes from `address` up to the next end of a page of shared memory, or null.
const SystemVAttachment* Calls::attachment_at(Address address) const {
  const auto& attachments = world.processes_.at(process()).attachments;
  const auto found = std::find_if(attachments.begin(), attachments.end(), [&](const SystemVAttachment& one) {
    return one.begin <= address && address < one.end;
  });
  return found != attachments.end() ? &*found : nullptr;
}

Calls::Start Calls::operator()(const call::Peek& call) {
  Reply reply = done(0);
  while (reply.bytes.size() < call.size) {
    const Address at = call.address + static_cast<Address>(reply.bytes.size());
    const SystemVAttachment* attachment = attachment_at(at);
    if (attachment == nullptr) break;
    const auto size =
        std::min(call.size - reply.bytes.size(), static_cast<std::size_t>(attachment->end - at));
    reply.bytes += world.system_v_.segments.at(attachment->segment)
                       .read(static_cast<std::size_t>(at - attachment->base()), size);
  }
  if (reply.bytes.empty() && call.size > 0) return failed(EFAULT);
  reply.value = static_cast<std::int64_t>(reply.bytes.size());
  return reply;
}

Calls::Start Calls::operator()(const call::Poke& call) {
  std::size_t written = 0;
  while (written < call.bytes.size()) {
    const Address at = call.address + static_cast<Address>(written);
    const SystemVAttachment* attachment = attachment_at(at);
    if (attachment == nullptr || !attachment->is_writable) break;
    const auto size = std::min(call.bytes.size() - written, static_cast<std::size_t>(attachment->end - at));
    world.system_v_.segments.at(attachment->segment)
        .write(static_cast<std::size_t>(at - attachment->base()),
               std::string_view{call.bytes}.substr(written, size));
    written += size;
  }
  if (written == 0 && !call.bytes.empty()) return failed(EFAULT);
  return done(static_cast<std::int64_t>(written));
}

}  // namespace flinch::mechanisms
