#pragma once
// Headers of the system that Swift's Glibc module leaves out.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/random.h>
#include <malloc.h>
