/*
 * Makes every sync of a process slow: loaded before libc, it waits before each of these calls, for as long as
 * SLOWSYNC_MS says. What has to wait for the disk then shows, and so does what does not wait.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void wait_first(void) {
  const char *text = getenv("SLOWSYNC_MS");
  long ms = text ? atol(text) : 0;
  struct timespec left = {ms / 1000, ms % 1000 * 1000000L};
  while (nanosleep(&left, &left) == -1 && errno == EINTR) {
  }
}

#define SLOWED(name, parameters, arguments)                 \
  int name parameters {                                     \
    static int(*real) parameters;                           \
    if (!real) *(void **)(&real) = dlsym(RTLD_NEXT, #name); \
    wait_first();                                           \
    return real arguments;                                  \
  }

SLOWED(fsync, (int fd), (fd))
SLOWED(fdatasync, (int fd), (fd))
SLOWED(syncfs, (int fd), (fd))
SLOWED(sync_file_range, (int fd, off64_t offset, off64_t bytes, unsigned int flags), (fd, offset, bytes, flags))
