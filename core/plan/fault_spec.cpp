#include "core/plan/fault_spec.h"

#include <errno.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "core/plan/names.h"
#include "core/plan/text.h"

namespace flinch {
namespace {

using Parser = Result<FaultSpec> (*)(const NamedValue& part, const RowSet& calls, Hostility hostility);

Result<FaultSpec> parse_short(const NamedValue& part, const RowSet& /*calls*/, Hostility /*hostility*/) {
  if (!part.value) return FaultSpec{FaultKind::kShort, 0, 1};
  // No bytes at all would be the end of file, and that is not a short read.
  auto bytes = parse_number(*part.value, "short", {1, kBytesMax});
  if (!bytes) return tl::unexpected(bytes.error());
  return FaultSpec{FaultKind::kShort, 0, *bytes};
}

Result<FaultSpec> parse_eintr(const NamedValue& part, const RowSet& /*calls*/, Hostility /*hostility*/) {
  if (!part.value) return FaultSpec{FaultKind::kEintr, 0, 0};
  auto number = parse_signal(*part.value);
  if (!number) return tl::unexpected(number.error());
  return FaultSpec{FaultKind::kEintr, *number, 0};
}

Result<FaultSpec> parse_stray_signal(const NamedValue& part, const RowSet& /*calls*/,
                                     Hostility /*hostility*/) {
  if (!part.value) return fail("signal needs a signal, such as signal=SIGCHLD");
  auto number = parse_signal(*part.value);
  if (!number) return tl::unexpected(number.error());
  return FaultSpec{FaultKind::kSignal, *number, 0};
}

template <FaultKind kind>
Result<FaultSpec> parse_plain(const NamedValue& part, const RowSet& /*calls*/, Hostility /*hostility*/) {
  if (part.value) return fail(fmt::format("{} takes no value", part.name));
  return FaultSpec{kind, 0, 0};
}

Result<FaultSpec> parse_delay(const NamedValue& part, const RowSet& /*calls*/, Hostility /*hostility*/) {
  auto ns = parse_duration(part.value.value_or(""), part.name);
  if (!ns) return tl::unexpected(ns.error());
  if (*ns == 0) return fail(fmt::format("{} of no time at all does nothing", part.name));
  return FaultSpec{FaultKind::kDelay, 0, *ns};
}

bool answers(Row row, int error) {
  const auto& errors = descriptor(row).errors;
  return std::any_of(std::begin(errors), std::end(errors),
                     [&](std::uint8_t each) { return each != 0 && each == error; });
}

Result<FaultSpec> parse_error(const NamedValue& part, const RowSet& calls, Hostility hostility) {
  if (!part.value || part.value->empty())
    return fail("error needs the name of an error, such as error=EINTR");
  const auto error = errno_of_name(*part.value);
  if (!error)
    return fail(fmt::format("{} is no error of Linux{}", in_quotes(*part.value),
                            did_you_mean(*part.value, errno_names())));
  if (*error == EINTR) return FaultSpec{FaultKind::kEintr, 0, 0};
  if (*error == EAGAIN) return FaultSpec{FaultKind::kEagain, 0, 0};
  const std::string name = name_of_errno(*error);
  const auto rows = members_of(calls);
  const bool possible = std::any_of(rows.begin(), rows.end(), [&](Row row) { return answers(row, *error); });
  if (!possible && !rows.empty() && hostility == Hostility::kRefuse) {
    const SyscallDescriptor& first = descriptor(rows.front());
    return fail(
        fmt::format("{} never answers {}: it is not among the errors of {}", first.name, name, first.source));
  }
  return fail(fmt::format(
      "error={} is not carried out by this version yet: of the errors, only EINTR and EAGAIN are", name));
}

Result<FaultSpec> parse_later(const NamedValue& part, const RowSet& /*calls*/, Hostility /*hostility*/) {
  return fail(fmt::format("{} is not carried out by this version yet", part.name));
}

Result<FaultSpec> parse_retval(const NamedValue& part, const RowSet& calls, Hostility hostility) {
  if (hostility == Hostility::kAllow) return parse_later(part, calls, hostility);
  return fail(
      "retval makes up an answer that Linux did not give, so it needs --hostile; "
      "and it is not carried out by this version yet");
}

struct FaultName {
  std::string_view name;
  Parser parse;
};

constexpr FaultName kFaultNames[] = {
    {"short", parse_short},
    {"eintr", parse_eintr},
    {"eagain", parse_plain<FaultKind::kEagain>},
    {"full", parse_plain<FaultKind::kFull>},
    {"signal", parse_stray_signal},
    {"delay", parse_delay},
    {"delay_enter", parse_delay},
    {"error", parse_error},
    {"spurious", parse_later},
    {"drop", parse_later},
    {"duplicate", parse_later},
    {"reorder", parse_later},
    {"delay_exit", parse_later},
    {"retval", parse_retval},
};

const FaultName* find_fault(std::string_view name) {
  const auto* found = std::find_if(std::begin(kFaultNames), std::end(kFaultNames),
                                   [&](const FaultName& each) { return each.name == name; });
  return found == std::end(kFaultNames) ? nullptr : found;
}

}  // namespace

NamedValue split_at_equals(std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos) return {part, std::nullopt};
  return {part.substr(0, equals), part.substr(equals + 1)};
}

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (const FaultName& each : kFaultNames) names.emplace_back(each.name);
  return names;
}

bool is_fault_name(std::string_view name) { return find_fault(name) != nullptr; }

Result<FaultSpec> parse_fault(const NamedValue& part, const RowSet& calls, Hostility hostility) {
  const FaultName* fault = find_fault(part.name);
  if (fault == nullptr)
    return fail(
        fmt::format("{} is no fault{}", in_quotes(part.name), did_you_mean(part.name, fault_names())));
  return fault->parse(part, calls, hostility);
}

Result<std::uint8_t> parse_signal(std::string_view text) {
  if (text.empty()) return fail("a signal's name is missing, such as SIGCHLD");
  const auto number = signal_of_name(text);
  if (!number) {
    const std::string whole = text.starts_with("SIG") ? std::string(text) : "SIG" + std::string(text);
    return fail(fmt::format("{} is no signal{}", in_quotes(text), did_you_mean(whole, signal_names())));
  }
  if (*number == SIGKILL || *number == SIGSTOP)
    return fail(
        fmt::format("{} cannot be caught, so no program can stand it: signal(7)", name_of_signal(*number)));
  if (*number == 32 || *number == 33)
    return fail(fmt::format("signal {} belongs to the C library's threads: nptl(7)", *number));
  return *number;
}

}  // namespace flinch
