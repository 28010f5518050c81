// One decoded value after the other, as JSON or as text for people.
//
// The decoder says what a value is, the writer how it looks. Whatever bytes it is given, its output is
// printable ASCII, and with Style::kJson valid JSON: bytes outside printable ASCII become \u00XX there
// (one code point a byte, so that a reader gets the bytes back by taking each code point as one), and
// C escapes as strace prints them in text. Nothing in a log can steer a terminal or break a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace flinch {

enum class Style : std::uint8_t { kJson, kText };

class Writer {
 public:
  /// Appends to `out`, which must outlive the writer.
  Writer(std::string& out, Style style) : out_(out), style_(style) {}

  void number(std::int64_t value);
  void unsigned_number(std::uint64_t value);
  void boolean(bool value);
  /// A pointer: NULL or 0x… for people, null or "address" in JSON.
  void address(std::uint64_t value);
  /// A word such as O_RDONLY; quoted in JSON only.
  void symbol(std::string_view word);
  /// Data, in quotes; `is_cut` adds the "..." of text.
  void bytes(std::string_view data, bool is_cut);

  void open_list();
  void close_list(bool is_cut = false);
  void open_object();
  void close_object();
  /// Names the object's next value.
  void key(std::string_view name);
  /// Names a call's next argument: a member in JSON, only separated by a comma in text.
  void argument(std::string_view name);

  [[nodiscard]] Style style() const { return style_; }

 private:
  void separate();
  void escape(std::string_view data, bool is_quoted);

  std::string& out_;
  Style style_;
  bool is_first_ = true;  // nothing stands yet in the innermost list or object
  bool follows_key_ = false;
};

/// Appends `data` as a JSON string, quotes included.
void append_json_string(std::string& out, std::string_view data);

}  // namespace flinch
