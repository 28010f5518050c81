#include "core/log/writer.h"

#include <fmt/format.h>

#include <iterator>

namespace flinch {
namespace {

constexpr bool is_printable(char c) { return c >= ' ' && c <= '~'; }

/// The letter after the backslash, or 0. JSON lacks \v, and needs no \f.
constexpr char short_escape(char c) {
  switch (c) {
    case '\n': return 'n';
    case '\t': return 't';
    case '\r': return 'r';
    default: return 0;
  }
}

/// As strace: \0 alone, but \0001 before a digit, so that the text can be read back.
void append_octal(std::string& out, char c, bool digit_follows) {
  const auto code = static_cast<unsigned char>(c);
  if (digit_follows) {
    fmt::format_to(std::back_inserter(out), "\\{:03o}", code);
  } else {
    fmt::format_to(std::back_inserter(out), "\\{:o}", code);
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view data) {
  out += '"';
  for (const char c : data) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (is_printable(c)) {
      out += c;
    } else if (short_escape(c) != 0) {
      out += '\\';
      out += short_escape(c);
    } else {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned char>(c));
    }
  }
  out += '"';
}

void Writer::escape(std::string_view data, bool is_quoted) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    const char c = data[i];
    if (c == '\\' || (c == '"' && is_quoted)) {
      out_ += '\\';
      out_ += c;
    } else if (is_printable(c)) {
      out_ += c;
    } else if (short_escape(c) != 0) {
      out_ += '\\';
      out_ += short_escape(c);
    } else {
      append_octal(out_, c, i + 1 < data.size() && data[i + 1] >= '0' && data[i + 1] <= '9');
    }
  }
}

void Writer::separate() {
  if (follows_key_) {
    follows_key_ = false;
    return;
  }
  if (!is_first_) out_ += style_ == Style::kJson ? "," : ", ";
  is_first_ = false;
}

void Writer::number(std::int64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void Writer::unsigned_number(std::uint64_t value) {
  separate();
  fmt::format_to(std::back_inserter(out_), "{}", value);
}

void Writer::boolean(bool value) {
  separate();
  out_ += value ? "true" : "false";
}

void Writer::address(std::uint64_t value) {
  separate();
  if (style_ == Style::kText) {
    if (value == 0) {
      out_ += "NULL";
    } else {
      fmt::format_to(std::back_inserter(out_), "{:#x}", value);
    }
  } else if (value == 0) {
    out_ += "null";
  } else {
    // Where something lies differs from run to run; two logs of one plan are to be compared as text.
    out_ += "\"address\"";
  }
}

void Writer::symbol(std::string_view word) {
  separate();
  if (style_ == Style::kJson) {
    append_json_string(out_, word);
  } else {
    escape(word, false);
  }
}

void Writer::bytes(std::string_view data, bool is_cut) {
  separate();
  if (style_ == Style::kJson) return append_json_string(out_, data);
  out_ += '"';
  escape(data, true);
  out_ += is_cut ? "\"..." : "\"";
}

void Writer::open_list() {
  separate();
  out_ += '[';
  is_first_ = true;
}

void Writer::close_list(bool is_cut) {
  if (is_cut && style_ == Style::kText) out_ += is_first_ ? "..." : ", ...";
  out_ += ']';
  is_first_ = false;
}

void Writer::open_object() {
  separate();
  out_ += '{';
  is_first_ = true;
}

void Writer::close_object() {
  out_ += '}';
  is_first_ = false;
}

void Writer::key(std::string_view name) {
  separate();
  if (style_ == Style::kJson) {
    append_json_string(out_, name);
    out_ += ':';
  } else {
    out_ += name;
    out_ += '=';
  }
  follows_key_ = true;
}

void Writer::argument(std::string_view name) {
  if (style_ == Style::kJson) return key(name);
  separate();
  follows_key_ = true;
}

}  // namespace flinch
