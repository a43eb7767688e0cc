#pragma once
// libwebsockets for Swift: macros and flags as constants, and what needs OpenSSL's own types.
// _GNU_SOURCE stays undefined here: with it, fd_set would differ from the one in Swift's Glibc.
#include <libwebsockets.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

/// The room that lws_write wants before the bytes it is given.
enum { cws_room = LWS_PRE };

static const uint64_t cws_context_options =
    LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
static const uint64_t cws_tls = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
static const uint64_t cws_no_system_certificates = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
static const int cws_no_listener = CONTEXT_PORT_NO_LISTEN_SERVER;
static const int cws_client_only = CONTEXT_PORT_NO_LISTEN;

/// Ends a connection, with a close frame if lws_close_reason was called. Not from inside a callback.
static inline void cws_close(struct lws *wsi) {
  lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC);
}

/// tcp(7): connecting to no address ends a connection with a reset at once.
static inline void cws_reset(int fd) {
  struct sockaddr none;
  memset(&none, 0, sizeof none);
  none.sa_family = AF_UNSPEC;
  (void)connect(fd, &none, sizeof none);
}

/// The options of OpenSSL that leave out everything older than TLS 1.2 or TLS 1.3.
static const long cws_from_tls12 = (long)(SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1);
static const long cws_from_tls13 =
    (long)(SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2);

/// OpenSSL keeps the errors of a thread until somebody takes them, and libwebsockets does not: the
/// next connection's "try again" could be read as the error of the one before.
static inline void cws_forget_errors(void) { ERR_clear_error(); }

/// What is wrong with the certificate that the peer showed; NULL if nothing is, or if it showed
/// none. A text of OpenSSL's own. SSL_get_verify_result(3).
static inline const char *cws_certificate_problem(struct lws *wsi) {
  SSL *ssl = lws_get_ssl(wsi);
  long result = ssl == NULL ? X509_V_OK : SSL_get_verify_result(ssl);
  return result == X509_V_OK ? NULL : X509_verify_cert_error_string(result);
}

/// The descriptors that a loop polls: how many, and their numbers added up.
typedef struct {
  int64_t count;
  int64_t sum;
} cws_descriptors;

static inline void cws_add_polled(uv_handle_t *handle, void *into) {
  cws_descriptors *polled = (cws_descriptors *)into;
  uv_os_fd_t number;
  if (uv_handle_get_type(handle) == UV_POLL && uv_fileno(handle, &number) == 0) {
    polled->count++;
    polled->sum += number;
  }
}

/// What `loop`, a `uv_loop_t *`, polls at the moment. Wraps uv_walk.
static inline cws_descriptors cws_polled(void *loop) {
  cws_descriptors polled = {0, 0};
  uv_walk((uv_loop_t *)loop, cws_add_polled, &polled);
  return polled;
}
