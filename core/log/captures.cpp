#include "core/log/captures.h"

#include <algorithm>

namespace flinch {

Captures::Captures(const Event& event) {
  const std::string_view area{event.capture, std::min<std::size_t>(event.capture_length, kEventCaptureMax)};
  std::size_t at = 0;
  while (area.size() - at >= sizeof(CaptureHead)) {
    CaptureHead head;
    std::memcpy(&head, area.data() + at, sizeof head);
    at += sizeof head;
    if (head.argument >= 6 || head.length > area.size() - at) return;  // not a capture: nor is the rest
    const Capture capture{area.substr(at, head.length), head.full_length};
    at += head.length;
    std::optional<Capture>& slot = first_[head.argument] ? second_[head.argument] : first_[head.argument];
    if (!slot) slot = capture;
  }
}

}  // namespace flinch
