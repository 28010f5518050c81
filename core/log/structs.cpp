#include "core/log/structs.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <cstddef>
#include <string>

#include "core/abi/capture.h"
#include "core/log/symbols.h"

namespace flinch {
namespace {

std::string unix_address(const Capture& capture) {
  std::string_view path = capture.bytes.substr(sizeof(sa_family_t));
  std::string out = "unix:";
  if (!path.empty() && path.front() == '\0') {  // abstract: every byte counts, NULs too
    out += '@';
    out += path.substr(1);
    return out + (capture.is_cut() ? "..." : "");
  }
  const std::size_t end = path.find('\0');
  out += path.substr(0, end);
  return out + (capture.is_cut() && end == std::string_view::npos ? "..." : "");
}

std::string ipv4_address(const Capture& capture) {
  const auto address = capture.at<in_addr>(4);
  if (!address) return "AF_INET";
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &*address, text, sizeof text);
  return fmt::format("{}:{}", text, ntohs(*capture.at<in_port_t>(2)));
}

std::string ipv6_address(const Capture& capture) {
  const auto address = capture.at<in6_addr>(8);
  if (!address) return "AF_INET6";
  char text[INET6_ADDRSTRLEN] = "";
  inet_ntop(AF_INET6, &*address, text, sizeof text);
  const std::uint32_t scope = capture.at<std::uint32_t>(24).value_or(0);
  const std::string zone = scope == 0 ? "" : fmt::format("%{}", scope);
  return fmt::format("[{}{}]:{}", text, zone, ntohs(*capture.at<in_port_t>(2)));
}

/// "1.5s", without the zeros at the end.
std::string seconds_text(std::int64_t seconds, std::int64_t fraction, Fraction unit) {
  const bool is_nano = unit == Fraction::kNanoseconds;
  const std::int64_t limit = is_nano ? 1'000'000'000 : 1'000'000;
  if (seconds < 0 || fraction < 0 || fraction >= limit)  // EINVAL: shown as it stands
    return fmt::format("{}s+{}{}", seconds, fraction, is_nano ? "ns" : "us");
  if (fraction == 0) return fmt::format("{}s", seconds);
  std::string digits = fmt::format("{:0{}}", fraction, is_nano ? 9 : 6);
  digits.erase(digits.find_last_not_of('0') + 1);
  return fmt::format("{}.{}s", seconds, digits);
}

/// struct signalfd_siginfo: its signal and its sender. At least 16 bytes are there.
void write_signalfd_info(const Capture& capture, Writer& writer) {
  writer.open_object();
  writer.key("signal");
  writer.symbol(signal_name(*capture.at<std::uint32_t>(0)));
  writer.key("pid");
  writer.unsigned_number(*capture.at<std::uint32_t>(12));
  writer.close_object();
}

}  // namespace

void write_sock_addr(const Capture& capture, Writer& writer) {
  const auto family = capture.at<sa_family_t>(0);
  if (!family) return writer.bytes(capture.bytes, capture.is_cut());
  switch (*family) {
    case AF_UNIX: return writer.symbol(unix_address(capture));
    case AF_INET: return writer.symbol(ipv4_address(capture));
    case AF_INET6: return writer.symbol(ipv6_address(capture));
    default: return writer.symbol(family_name(*family));
  }
}

void write_poll_fds(const Capture& capture, Writer& writer) {
  writer.open_list();
  std::size_t offset = 0;
  for (; const auto revents = capture.at<std::uint16_t>(offset + 6); offset += kPollFdSize) {
    writer.open_object();
    writer.key("fd");
    writer.number(*capture.at<std::int32_t>(offset));
    writer.key("events");
    writer.symbol(poll_events(*capture.at<std::uint16_t>(offset + 4)));
    if (*revents != 0) {
      writer.key("revents");
      writer.symbol(poll_events(*revents));
    }
    writer.close_object();
  }
  writer.close_list(capture.full_length > offset);
}

void write_epoll_event(const Capture& capture, std::size_t offset, Writer& writer) {
  const auto events = capture.at<std::uint32_t>(offset);
  const auto data = capture.at<std::uint64_t>(offset + sizeof(std::uint32_t));
  if (!events || !data) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("events");
  writer.symbol(epoll_events(*events));
  writer.key("data");
  // The program's own, often a pointer or a descriptor in the lower half.
  if (*data >> 32 != 0)
    writer.address(*data);
  else
    writer.unsigned_number(*data);
  writer.close_object();
}

void write_epoll_events(const Capture& capture, Writer& writer) {
  writer.open_list();
  std::size_t offset = 0;
  for (; offset + kEpollEventSize <= capture.bytes.size(); offset += kEpollEventSize)
    write_epoll_event(capture, offset, writer);
  writer.close_list(capture.full_length > offset);
}

void write_sigaction(const Capture& capture, Writer& writer) {
  const auto handler = capture.at<std::uint64_t>(0);
  const auto flags = capture.at<std::uint64_t>(8);
  if (!handler || !flags) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("handler");
  if (*handler <= 1) {
    writer.symbol(*handler == 0 ? "SIG_DFL" : "SIG_IGN");
  } else {
    writer.address(*handler);
  }
  writer.key("flags");
  writer.symbol(sigaction_flags(*flags));
  if (const auto mask = capture.at<std::uint64_t>(24); mask && *mask != 0) {
    writer.key("mask");
    writer.symbol(signal_set_text(*mask));
  }
  writer.close_object();
}

void write_signal_set(const Capture& capture, Writer& writer) {
  const auto bits = capture.at<std::uint64_t>(0);
  if (!bits) return writer.bytes(capture.bytes, capture.is_cut());
  writer.symbol(signal_set_text(*bits));
}

void write_semops(const Capture& capture, Writer& writer) {
  writer.open_list();
  std::size_t offset = 0;
  for (; const auto flags = capture.at<std::uint16_t>(offset + 4); offset += kSemOpSize) {
    writer.open_object();
    writer.key("num");
    writer.number(*capture.at<std::uint16_t>(offset));
    writer.key("op");
    writer.number(*capture.at<std::int16_t>(offset + 2));
    writer.key("flags");
    writer.symbol(semop_flags(*flags));
    writer.close_object();
  }
  writer.close_list(capture.full_length > offset);
}

void write_time(const Capture& capture, std::size_t offset, Fraction fraction, Writer& writer) {
  const auto seconds = capture.at<std::int64_t>(offset);
  const auto rest = capture.at<std::int64_t>(offset + 8);
  if (!seconds || !rest) return writer.bytes(capture.bytes, capture.is_cut());
  if (writer.style() == Style::kText) return writer.symbol(seconds_text(*seconds, *rest, fraction));
  writer.open_object();
  writer.key("tv_sec");
  writer.number(*seconds);
  writer.key(fraction == Fraction::kNanoseconds ? "tv_nsec" : "tv_usec");
  writer.number(*rest);
  writer.close_object();
}

void write_timer(const Capture& capture, Fraction fraction, Writer& writer) {
  writer.open_object();
  writer.key("interval");
  write_time(capture, 0, fraction, writer);
  writer.key("value");
  write_time(capture, kTimeSize, fraction, writer);
  writer.close_object();
}

void write_fd_set(const Capture& capture, std::int32_t nfds, Writer& writer) {
  writer.open_list();
  const std::size_t captured = capture.bytes.size() * 8;
  for (std::size_t fd = 0; fd < captured && fd < static_cast<std::size_t>(nfds < 0 ? 0 : nfds); ++fd) {
    const auto byte = static_cast<unsigned char>(capture.bytes[fd / 8]);
    if (((byte >> (fd % 8)) & 1U) != 0) writer.unsigned_number(fd);
  }
  writer.close_list(capture.is_cut());
}

void write_fd_pair(const Capture& capture, Writer& writer) {
  writer.open_list();
  for (std::size_t offset = 0; offset < 2 * sizeof(std::int32_t); offset += sizeof(std::int32_t))
    if (const auto fd = capture.at<std::int32_t>(offset)) writer.number(*fd);
  writer.close_list();
}

void write_strings(const Capture& capture, Writer& writer) {
  writer.open_list();
  std::string_view rest = capture.bytes;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\0');
    writer.bytes(rest.substr(0, end), end == std::string_view::npos);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  writer.close_list(capture.is_cut());
}

void write_clone_args(const Capture& capture, Writer& writer) {
  constexpr std::size_t kExitSignal = 32;
  writer.open_object();
  if (const auto flags = capture.at<std::uint64_t>(0)) {
    writer.key("flags");
    writer.symbol(clone_flags(*flags));
  }
  if (const auto signal = capture.at<std::uint64_t>(kExitSignal)) {
    writer.key("exit_signal");
    writer.symbol(*signal == 0 ? "0" : signal_name(*signal));
  }
  writer.close_object();
}

void write_message(const Capture& capture, Writer& writer) {
  const auto type = capture.at<std::int64_t>(0);
  if (!type) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("type");
  writer.number(*type);
  writer.key("text");
  writer.bytes(capture.bytes.substr(kMessageTypeSize), capture.is_cut());
  writer.close_object();
}

void write_siginfo(const Capture& capture, Writer& writer) {
  constexpr std::size_t kCode = 8;  // behind signal and errno
  constexpr std::size_t kPid = 16;
  const auto signal = capture.at<std::int32_t>(0);
  const auto status = capture.at<std::int32_t>(24);
  if (!signal || !status) return writer.bytes(capture.bytes, capture.is_cut());
  const auto code = *capture.at<std::int32_t>(kCode);
  writer.open_object();
  writer.key("signal");
  writer.symbol(signal_name(static_cast<std::uint32_t>(*signal)));
  writer.key("code");
  writer.symbol(signal_code(static_cast<std::uint32_t>(*signal), code));
  const bool is_child = *signal == SIGCHLD && code > 0;
  if (is_child || code <= 0) {
    writer.key("pid");
    writer.number(*capture.at<std::int32_t>(kPid));
    writer.key("uid");
    writer.unsigned_number(*capture.at<std::uint32_t>(kPid + 4));
    writer.key(is_child ? "status" : "value");
    if (is_child && code != CLD_EXITED)
      writer.symbol(signal_name(static_cast<std::uint32_t>(*status)));
    else
      writer.number(*status);
  }
  writer.close_object();
}

void write_sigevent(const Capture& capture, Writer& writer) {
  const auto signal = capture.at<std::int32_t>(8);
  const auto notify = capture.at<std::int32_t>(12);
  if (!signal || !notify) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("notify");
  writer.symbol(notify_name(*notify));
  if (*notify == SIGEV_SIGNAL || *notify == SIGEV_THREAD_ID) {
    writer.key("signal");
    writer.symbol(signal_name(static_cast<std::uint32_t>(*signal)));
  }
  writer.close_object();
}

void write_mq_attributes(const Capture& capture, Writer& writer) {
  const auto current = capture.at<std::int64_t>(24);
  if (!current) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("flags");
  writer.symbol((*capture.at<std::uint64_t>(0) & O_NONBLOCK) != 0 ? "O_NONBLOCK" : "0");
  writer.key("maxmsg");
  writer.number(*capture.at<std::int64_t>(8));
  writer.key("msgsize");
  writer.number(*capture.at<std::int64_t>(16));
  writer.key("curmsgs");
  writer.number(*current);
  writer.close_object();
}

void write_open_how(const Capture& capture, Writer& writer) {
  const auto resolve = capture.at<std::uint64_t>(16);
  if (!resolve) return writer.bytes(capture.bytes, capture.is_cut());
  writer.open_object();
  writer.key("flags");
  writer.symbol(open_flags(*capture.at<std::uint64_t>(0)));
  if (const auto mode = *capture.at<std::uint64_t>(8); mode != 0) {
    writer.key("mode");
    writer.symbol(fmt::format("{:#o}", mode));
  }
  if (*resolve != 0) {
    writer.key("resolve");
    writer.symbol(resolve_flags(*resolve));
  }
  writer.close_object();
}

bool has_descriptors(const Capture& control) {
  const auto level = control.at<std::int32_t>(offsetof(cmsghdr, cmsg_level));
  const auto type = control.at<std::int32_t>(offsetof(cmsghdr, cmsg_type));
  return level && type && *level == SOL_SOCKET && *type == SCM_RIGHTS;
}

void write_descriptors(const Capture& control, Writer& writer) {
  const std::size_t end = has_descriptors(control) ? *control.at<std::size_t>(0) : 0;
  std::size_t offset = CMSG_LEN(0);
  writer.open_list();
  for (; offset < end; offset += sizeof(std::int32_t)) {
    const auto fd = control.at<std::int32_t>(offset);
    if (!fd) break;
    writer.number(*fd);
  }
  writer.close_list(offset < end);
}

void write_buffer(const Capture& capture, Mechanism mechanism, Writer& writer) {
  const bool is_counter = mechanism == Mechanism::kEventfd || mechanism == Mechanism::kTimerfd;
  if (is_counter && capture.bytes.size() == sizeof(std::uint64_t)) {
    writer.open_list();
    writer.unsigned_number(*capture.at<std::uint64_t>(0));
    return writer.close_list();
  }
  if (mechanism == Mechanism::kSignalfd && capture.at<std::uint32_t>(12))
    return write_signalfd_info(capture, writer);
  writer.bytes(capture.bytes, capture.is_cut());
}

}  // namespace flinch
