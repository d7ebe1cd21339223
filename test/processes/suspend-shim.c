/*
 * A machine that slept, as one process sees it: CLOCK_MONOTONIC is behind by the nanoseconds that a file says, which the
 * process maps once and reads at each call; the wall clock and CLOCK_BOOTTIME are left alone. Loaded by LD_PRELOAD, the
 * file named by MONOTONIC_BEHIND.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef int (*gettime)(clockid_t, struct timespec *);

static volatile long long *behind;
static gettime real;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("MONOTONIC_BEHIND");
  real = (gettime)dlsym(RTLD_NEXT, "clock_gettime");
  if (path == NULL) return;
  int file = open(path, O_RDONLY);
  if (file < 0) return;
  void *mapped = mmap(NULL, sizeof *behind, PROT_READ, MAP_SHARED, file, 0);
  if (mapped != MAP_FAILED) behind = mapped;
  close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  if (real == NULL) real = (gettime)dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(clock, now);
  int stands_still = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_MONOTONIC_RAW;
  if (result != 0 || behind == NULL || !stands_still) return result;
  long long left = now->tv_sec * 1000000000LL + now->tv_nsec - *behind;
  now->tv_sec = left / 1000000000LL;
  now->tv_nsec = left % 1000000000LL;
  return 0;
}
