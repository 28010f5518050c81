// What a correct program does around read and write: goes on after a short count and after EINTR.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void fail(const char* what) {
  perror(what);
  exit(99);
}

static inline void write_all(int fd, const void* data, size_t size) {
  const char* at = data;
  while (size > 0) {
    ssize_t done = write(fd, at, size);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("write");
    at += done;
    size -= (size_t)done;
  }
}

/// Fewer bytes than asked for only at the end of the stream.
static inline size_t read_all(int fd, void* data, size_t size) {
  size_t got = 0;
  while (got < size) {
    ssize_t done = read(fd, (char*)data + got, size - got);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) fail("read");
    if (done == 0) break;
    got += (size_t)done;
  }
  return got;
}

static inline uint64_t checksum(uint64_t sum, const unsigned char* data, size_t size) {
  for (size_t i = 0; i < size; ++i) sum = (sum ^ data[i]) * 0x100000001b3ULL;
  return sum;
}

static inline void fill(unsigned char* data, size_t size) {
  uint32_t state = 12345;
  for (size_t i = 0; i < size; ++i) {
    state = state * 1664525U + 1013904223U;
    data[i] = (unsigned char)(state >> 24);
  }
}
