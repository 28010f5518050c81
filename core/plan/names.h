// The names that rules and plans use, and what they stand for: calls, sets of calls, mechanisms,
// signals and errors. All of them come from the tables of core/abi, so a new row has its name here.
//
// Pure; nothing is kept between calls.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/abi/plan_image.h"

namespace flinch {

/// The row with exactly this name; nothing if there is none.
std::optional<Row> row_of_name(std::string_view name);

/// The rows behind a name as people know it: a row's own, or a function of libc (`recv`, `sleep`,
/// `fork`) whose system calls differ between C libraries. Empty if nobody knows the name.
RowSet rows_of_call(std::string_view name);

/// The rows of a set such as `%read`, given without its `%`; nothing if there is no such set.
std::optional<RowSet> rows_of_set(std::string_view name);

std::vector<std::string> call_names();  // rows and functions of libc
std::vector<std::string> set_names();   // without %

/// The members of a set, in the table's order.
std::vector<Row> members_of(const RowSet& rows);

void add_all(RowSet& to, const RowSet& from);
RowSet rows_named(std::initializer_list<std::string_view> names);  // those that the table has

std::optional<Mechanism> mechanism_of_name(std::string_view name);  // never kNone
std::vector<std::string> mechanism_names();

/// `SIGUSR1`, `USR1`, `10`, `SIGRTMIN+2`, `SIGRTMAX-1`; nothing if Linux has no such signal. Real-time
/// signals are counted as glibc does, from 34.
std::optional<std::uint8_t> signal_of_name(std::string_view name);
std::string name_of_signal(std::uint8_t number);
std::vector<std::string> signal_names();

/// `ENOMEM`, or a number; nothing if Linux has no such error.
std::optional<int> errno_of_name(std::string_view name);
std::string name_of_errno(int number);
std::vector<std::string> errno_names();

}  // namespace flinch
