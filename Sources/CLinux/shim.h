#pragma once
// Headers of the system that Swift's Glibc module leaves out.
// _GNU_SOURCE stays undefined: with it, fd_set would differ from the one in Swift's Glibc.
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/random.h>
#include <sys/timex.h>
#include <malloc.h>
