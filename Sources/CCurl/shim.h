#pragma once
#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

// Swift does not import variadic functions: one typed function for each kind of option in use.

static inline CURLcode ccurl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
/// A text, which curl copies, or NULL.
static inline CURLcode ccurl_set_text(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}
/// An object or buffer, which curl does not copy (except with CURLOPT_COPYPOSTFIELDS), or NULL.
static inline CURLcode ccurl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode ccurl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}
typedef size_t (*ccurl_receive)(char *bytes, size_t size, size_t count, void *user);
/// The function for CURLOPT_WRITEFUNCTION or CURLOPT_HEADERFUNCTION.
static inline CURLcode ccurl_set_receive(CURL *easy, CURLoption option, ccurl_receive function) {
  return curl_easy_setopt(easy, option, function);
}
static inline CURLcode ccurl_set_prereq(CURL *easy, curl_prereq_callback function, void *user) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_PREREQDATA, user);
  return code ? code : curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, function);
}
static inline CURLcode ccurl_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}
/// The list is the caller's to free with curl_slist_free_all.
static inline CURLcode ccurl_get_list(CURL *easy, CURLINFO info, struct curl_slist **value) {
  return curl_easy_getinfo(easy, info, value);
}
static inline CURLMcode ccurl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}
static inline CURLMcode ccurl_multi_set_socket(
    CURLM *multi, curl_socket_callback function, void *user) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, user);
  return code ? code : curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, function);
}
static inline CURLMcode ccurl_multi_set_timer(
    CURLM *multi, curl_multi_timer_callback function, void *user) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, user);
  return code ? code : curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, function);
}
/// A share handle of cookies alone, or NULL. Without lock functions: it stays on one thread.
static inline CURLSH *ccurl_cookie_share(void) {
  CURLSH *share = curl_share_init();
  if (share && curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) != CURLSHE_OK) {
    curl_share_cleanup(share);
    return NULL;
  }
  return share;
}
/// The result of a message of CURLMSG_DONE.
static inline CURLcode ccurl_result(const CURLMsg *message) { return message->data.result; }
/// CURL_GLOBAL_DEFAULT and the error buffer's size, which are macros.
enum { ccurl_global_default = CURL_GLOBAL_DEFAULT, ccurl_error_size = CURL_ERROR_SIZE };
