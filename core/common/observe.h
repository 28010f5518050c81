// Looks at a process from outside: is it asleep, and in which call? Tests wait for that instead of for
// time to pass.
#pragma once

#include <sys/types.h>

#include <fstream>
#include <string>

namespace flinch {

/// Number of the system call that a process sleeps in, interruptibly; -1 while it runs, is stopped or
/// is not known. A single look, which never waits.
inline int number_it_blocks_in(pid_t process) {
  const std::string folder = "/proc/" + std::to_string(process);
  std::ifstream call(folder + "/syscall");
  int number = -1;
  if (!(call >> number)) return -1;
  // A stopped process has a number as well, and so has one that waits for a lock or a page. The name may
  // hold spaces and parentheses; the state comes after the last of them.
  std::ifstream file(folder + "/stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  return name_end != std::string::npos && line.compare(name_end, 3, ") S") == 0 ? number : -1;
}

}  // namespace flinch
