// Runs BODY in batches for the time given by the first argument and prints nanoseconds a round.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static inline double now_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);  // the vDSO's: no system call
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline double limit_s(int argc, char** argv) { return argc > 1 ? atof(argv[1]) : 0.5; }

#define FLINCH_BENCH_LOOP(seconds, batch, body)             \
  do {                                                      \
    for (int warm = 0; warm < (batch); ++warm) body;        \
    unsigned long rounds = 0;                               \
    double begin = now_s(), end = begin;                    \
    while (end - begin < (seconds)) {                       \
      for (int i = 0; i < (batch); ++i) body;               \
      rounds += (unsigned long)(batch);                     \
      end = now_s();                                        \
    }                                                       \
    printf("%.1f\n", (end - begin) * 1e9 / (double)rounds); \
  } while (0)
