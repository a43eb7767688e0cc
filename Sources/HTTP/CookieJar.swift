import CCurl

/// The cookies of one agent: every exchange that is given the jar sends and stores cookies here,
/// and no other does.
///
/// Cookies are stored whatever the status of the answer. All use is on the loop's thread.
///
/// Wraps a `CURLSH` that shares cookies alone.
@safe package final class CookieJar {
  /// Owned; every easy handle that uses it belongs to an exchange that retains the jar.
  let share: UnsafeMutableRawPointer

  /// An empty jar.
  package init() {
    CurlLibrary.start()
    guard let share = unsafe ccurl_cookie_share() else {
      fatalError("out of memory while making a cookie jar")
    }
    unsafe self.share = share
  }

  deinit {
    // Safe: no easy handle uses the share any more, see `share`. curl refuses otherwise.
    let code = unsafe curl_share_cleanup(share)
    assert(code == CURLSHE_OK, "a cookie jar was freed while an exchange used it")
  }

  /// The cookies as lines in Netscape's format, to be kept and given to `restore(_:)` after a
  /// restart. They are secrets.
  package var cookies: [String] {
    unsafe withHandle { easy in
      var list: UnsafeMutablePointer<curl_slist>?
      // Safe: the list is ours; it is read, copied and freed here.
      guard unsafe ccurl_get_list(easy, CURLINFO_COOKIELIST, &list) == CURLE_OK else { return [] }
      defer { unsafe curl_slist_free_all(list) }
      var lines: [String] = []
      var next = unsafe list
      while let entry = unsafe next {
        if let text = unsafe entry.pointee.data { lines.append(unsafe String(cString: text)) }
        unsafe next = entry.pointee.next
      }
      return lines
    }
  }

  /// Adds what `cookies` has given; lines that are no cookies, or expired ones, are ignored.
  package func restore(_ lines: [String]) {
    unsafe withHandle { easy in
      for line in lines where line.contains("\t") {
        // Safe: curl copies the line. The tab tells a cookie from curl's commands (ALL, FLUSH).
        _ = unsafe ccurl_set_text(easy, CURLOPT_COOKIELIST, line)
      }
    }
  }

  /// Forgets all cookies.
  package func clear() {
    // Safe: a constant text.
    unsafe withHandle { easy in _ = unsafe ccurl_set_text(easy, CURLOPT_COOKIELIST, "ALL") }
  }

  /// Lends an easy handle that uses the jar: curl reaches cookies through one only.
  private func withHandle<T>(_ body: (UnsafeMutableRawPointer) -> T) -> T {
    guard let easy = unsafe curl_easy_init() else {
      fatalError("out of memory while reading a cookie jar")
    }
    // Safe: the handle is cleaned up before the share can be, for `self` is in use.
    defer { unsafe curl_easy_cleanup(easy) }
    _ = unsafe ccurl_set_pointer(easy, CURLOPT_SHARE, share)
    return unsafe body(easy)
  }
}
