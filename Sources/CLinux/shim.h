#pragma once
// Headers of the system that Swift's Glibc module leaves out.
// _GNU_SOURCE stays undefined: with it, fd_set would differ from the one in Swift's Glibc.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <malloc.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

long syscall(long number, ...);

/// Marks every descriptor of the process from `first` on to be closed in the programs that it
/// begins: close_range(2) with CLOSE_RANGE_CLOEXEC, Linux 5.11. 0, or -1 with errno.
static inline int clinux_close_on_exec(unsigned int first) {
  return (int)syscall(SYS_close_range, first, ~0U, 1U << 2);
}

/// renameat2(2) with RENAME_NOREPLACE: fails with EEXIST instead of replacing what is at `to`.
static inline int clinux_rename_to_new(const char *from, const char *to) {
  const unsigned int noreplace = 1;
  return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, noreplace);
}
