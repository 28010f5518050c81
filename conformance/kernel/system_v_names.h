// What a world calls its System V objects and processes, and what the kernel calls them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace flinch::conformance {

/// One kernel's. Objects and processes are numbered in the order of their making, as in a world.
class SystemVNames {
 public:
  SystemVNames();
  /// Removes every object that is still there.
  ~SystemVNames();
  SystemVNames(const SystemVNames&) = delete;
  SystemVNames& operator=(const SystemVNames&) = delete;

  /// Keys that no other run uses: each has some of its own.
  [[nodiscard]] key_t real_key(int key) const;
  [[nodiscard]] int key_of(key_t real_key) const;
  /// What SEM_STAT and its like want of an identifier.
  [[nodiscard]] static int index_of(int id);

  class Ids {
   public:
    /// The number of an object, a new one if it has not been seen yet.
    int number_of(int id);
    /// An identifier that the kernel has never given out if there is no such number.
    [[nodiscard]] int id_of(int number) const;
    [[nodiscard]] const std::vector<int>& all() const { return ids_; }

   private:
    std::vector<int> ids_;
  };
  Ids semaphores;
  Ids queues;
  Ids segments;

  /// Where scripts put their own segments, nothing else of a process lies.
  [[nodiscard]] std::int64_t real_address(std::int64_t address) const;
  [[nodiscard]] std::int64_t address_of(std::int64_t real_address) const;
  /// The world's name for the next address that the kernel has chosen.
  std::int64_t chosen_address(std::int64_t real_address);

  void add_process(pid_t pid) { processes_.push_back(pid); }
  /// 0 for nobody, 1 for the first process.
  [[nodiscard]] std::int64_t shown(std::int64_t pid) const;

 private:
  key_t first_key_;
  std::vector<pid_t> processes_;
  std::vector<std::int64_t> chosen_addresses_;
};

}  // namespace flinch::conformance
