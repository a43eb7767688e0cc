#pragma once
// libmicrohttpd for Swift: its variadic functions and closed enumerations, typed. Nothing else.
// _GNU_SOURCE stays undefined here: with it, fd_set would differ from the one in Swift's Glibc.
#include <microhttpd.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <linux/sockios.h>

/// What the daemon calls back. The owner keeps this alive until the daemon has been stopped.
struct cmhd_callbacks {
  void *owner;
  /// The request target as received, before anything is decoded. Once per request, first.
  void (*target)(void *owner, int fd, const char *target);
  /// The head has been read (once), then each piece of the body, then once with no piece left,
  /// and again after each resume until a response is queued. 0 closes the connection.
  int (*request)(void *owner, struct MHD_Connection *connection, int fd, const char *method,
                 const char *version, const char *piece, size_t *piece_bytes);
  /// The request ended; `is_complete` is 0 unless the whole response was written.
  void (*completed)(void *owner, int fd, int is_complete);
  /// The connection is about to be closed by libmicrohttpd.
  void (*closed)(void *owner, int fd);
};

static inline int cmhd_fd(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? (int)info->connect_fd : -1;
}

static inline size_t cmhd_head_bytes(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}

static enum MHD_Result cmhd_on_request(void *context, struct MHD_Connection *connection,
                                       const char *url, const char *method, const char *version,
                                       const char *piece, size_t *piece_bytes, void **state) {
  struct cmhd_callbacks *callbacks = context;
  (void)url;
  (void)state;
  return callbacks->request(callbacks->owner, connection, cmhd_fd(connection), method, version,
                            piece, piece_bytes)
             ? MHD_YES
             : MHD_NO;
}

static void *cmhd_on_target(void *context, const char *target, struct MHD_Connection *connection) {
  struct cmhd_callbacks *callbacks = context;
  callbacks->target(callbacks->owner, cmhd_fd(connection), target);
  return NULL;
}

static void cmhd_on_completed(void *context, struct MHD_Connection *connection, void **state,
                              enum MHD_RequestTerminationCode code) {
  struct cmhd_callbacks *callbacks = context;
  (void)state;
  callbacks->completed(callbacks->owner, cmhd_fd(connection),
                       code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
}

static void cmhd_on_connection(void *context, struct MHD_Connection *connection, void **state,
                               enum MHD_ConnectionNotificationCode code) {
  struct cmhd_callbacks *callbacks = context;
  (void)state;
  if (code == MHD_CONNECTION_NOTIFY_CLOSED)
    callbacks->closed(callbacks->owner, cmhd_fd(connection));
}

// The target is decoded by its reader; libmicrohttpd leaves it alone.
static size_t cmhd_no_unescape(void *context, struct MHD_Connection *connection, char *text) {
  (void)context;
  (void)connection;
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

/// A daemon without a thread, without a listener and without a log, driven through its epoll
/// descriptor. Time limits are the caller's: libmicrohttpd's count inactivity only. With a
/// certificate and a key, both PEM and copied, every connection speaks TLS.
static inline struct MHD_Daemon *cmhd_start(struct cmhd_callbacks *callbacks,
                                            unsigned int connections, size_t pool_bytes,
                                            const char *certificate, const char *key) {
  unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME;
  struct MHD_OptionItem tls[] = {
      {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)certificate},
      {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)key},
      {MHD_OPTION_END, 0, NULL},
  };
  struct MHD_OptionItem none[] = {{MHD_OPTION_END, 0, NULL}};
  if (certificate) flags |= MHD_USE_TLS;
  return MHD_start_daemon(
      flags, 0, NULL, NULL, &cmhd_on_request, callbacks,
      MHD_OPTION_ARRAY, certificate ? tls : none,
      MHD_OPTION_CONNECTION_LIMIT, connections,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool_bytes,
      MHD_OPTION_CONNECTION_TIMEOUT, 0u,
      MHD_OPTION_STRICT_FOR_CLIENT, 1,
      MHD_OPTION_UNESCAPE_CALLBACK, &cmhd_no_unescape, NULL,
      MHD_OPTION_URI_LOG_CALLBACK, &cmhd_on_target, callbacks,
      MHD_OPTION_NOTIFY_COMPLETED, &cmhd_on_completed, callbacks,
      MHD_OPTION_NOTIFY_CONNECTION, &cmhd_on_connection, callbacks,
      MHD_OPTION_END);
}

static inline int cmhd_epoll_fd(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

static inline int cmhd_run(struct MHD_Daemon *daemon) { return MHD_run(daemon) == MHD_YES; }

/// Milliseconds until the daemon wants to run again whatever its descriptor says; -1 for never.
static inline long long cmhd_timeout_ms(struct MHD_Daemon *daemon) {
  MHD_UNSIGNED_LONG_LONG timeout = 0;
  return MHD_get_timeout(daemon, &timeout) == MHD_YES ? (long long)timeout : -1;
}

/// Hands an accepted descriptor over; it is closed by libmicrohttpd, also when this fails.
static inline int cmhd_add(struct MHD_Daemon *daemon, int fd, const struct sockaddr *address,
                           socklen_t address_bytes) {
  return MHD_add_connection(daemon, fd, address, address_bytes) == MHD_YES;
}

struct cmhd_header_reader {
  void *owner;
  void (*header)(void *owner, const char *name, size_t name_bytes, const char *value,
                 size_t value_bytes);
};

static enum MHD_Result cmhd_on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                      size_t name_bytes, const char *value, size_t value_bytes) {
  struct cmhd_header_reader *reader = context;
  (void)kind;
  reader->header(reader->owner, name, name_bytes, value ? value : "", value ? value_bytes : 0);
  return MHD_YES;
}

/// Every header line of the request, in order, repeated ones included.
static inline void cmhd_each_header(struct MHD_Connection *connection,
                                    struct cmhd_header_reader *reader) {
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &cmhd_on_header, reader);
}

static inline struct MHD_Response *cmhd_response_copying(const void *bytes, size_t count) {
  return MHD_create_response_from_buffer(count, (void *)bytes, MHD_RESPMEM_MUST_COPY);
}

typedef ssize_t (*cmhd_fill)(void *owner, uint64_t position, char *buffer, size_t max_bytes);
typedef void (*cmhd_release)(void *owner);

static const uint64_t cmhd_size_unknown = MHD_SIZE_UNKNOWN;
static const ssize_t cmhd_fill_end = MHD_CONTENT_READER_END_OF_STREAM;
static const ssize_t cmhd_fill_failed = MHD_CONTENT_READER_END_WITH_ERROR;

static inline struct MHD_Response *cmhd_response_filling(uint64_t size_bytes, size_t block_bytes,
                                                         cmhd_fill fill, void *owner,
                                                         cmhd_release release) {
  return MHD_create_response_from_callback(size_bytes, block_bytes, fill, owner, release);
}

static inline int cmhd_add_header(struct MHD_Response *response, const char *name,
                                  const char *value) {
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

static inline int cmhd_queue(struct MHD_Connection *connection, unsigned int status,
                             struct MHD_Response *response) {
  return MHD_queue_response(connection, status, response) == MHD_YES;
}

// What Swift's Glibc module leaves out of <sys/socket.h>, and what that header itself only declares
// under _GNU_SOURCE.

int accept4(int listener, struct sockaddr *address, socklen_t *address_bytes, int flags);

/// accept4(2): the new descriptor is non-blocking and closed on exec.
static inline int cmhd_accept(int listener, struct sockaddr *address, socklen_t *address_bytes) {
  return accept4(listener, address, address_bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

/// socket(2): a stream socket, non-blocking and closed on exec.
static inline int cmhd_stream_socket(int family) {
  return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/// eventfd(2): a counter that is readable while it is not zero.
static inline int cmhd_bell(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }
static inline void cmhd_ring(int bell) { (void)eventfd_write(bell, 1); }
static inline void cmhd_silence(int bell) {
  eventfd_t rings;
  (void)eventfd_read(bell, &rings);
}

/// Whether a byte can be read now: its count, 0 at the end, -1 and errno otherwise; takes nothing.
static inline ssize_t cmhd_peek(int fd) {
  char byte;
  return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
}

/// Reads what is there without taking it, up to `room` bytes: as recv(2).
static inline ssize_t cmhd_peek_some(int fd, void *bytes, size_t room) {
  return recv(fd, bytes, room, MSG_PEEK | MSG_DONTWAIT);
}

/// SO_RCVLOWAT of socket(7): the descriptor is readable with so many bytes, or at the end.
static inline void cmhd_wake_at(int fd, int bytes) {
  (void)setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
}

/// Writes what the socket takes at once, without SIGPIPE.
static inline ssize_t cmhd_send_now(int fd, const void *bytes, size_t count) {
  return send(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/// SO_PEERCRED of unix(7): who called connect(2). 0 when the kernel does not say.
static inline int cmhd_peer(int fd, unsigned int *uid, unsigned int *gid, int *pid) {
  struct {
    pid_t pid;
    uid_t uid;
    gid_t gid;
  } peer;  // struct ucred, which needs _GNU_SOURCE
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  *uid = peer.uid;
  *gid = peer.gid;
  *pid = peer.pid;
  return 1;
}

/// SO_PEERGROUPS (Linux 4.13): the supplementary groups of who called connect(2). Their count; 0
/// when there are none, more than `room`, or the kernel does not say.
static inline size_t cmhd_peer_groups(int fd, unsigned int *groups, size_t room) {
  socklen_t size = (socklen_t)(room * sizeof(gid_t));
  return getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) == 0 ? size / sizeof(gid_t) : 0;
}

/// SIOCOUTQ of unix(7) and tcp(7): what was written and has not been taken by the peer.
static inline int cmhd_untaken_bytes(int fd) {
  int bytes = 0;
  return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
}
