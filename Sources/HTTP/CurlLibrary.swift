import CCurl
import Glibc

/// libcurl's state of the whole process.
enum CurlLibrary {
  /// Swift runs this once, whichever thread asks first.
  private static let isStarted: Bool = {
    // With CURLOPT_NOSIGNAL curl leaves SIGPIPE to us, and OpenSSL writes without MSG_NOSIGNAL: a
    // server that closes at the wrong moment would end the process.
    _ = signal(SIGPIPE, SIG_IGN)
    // Safe: runs once, before any other call of curl.
    return curl_global_init(Int(ccurl_global_default)) == CURLE_OK
  }()

  /// To be called before anything else of curl. From here on the process ignores `SIGPIPE`.
  static func start() {
    guard isStarted else { fatalError("libcurl cannot start: out of memory or a broken OpenSSL") }
  }

  /// The time that a date of HTTP says, in seconds since 1970; `nil` for what is no date.
  static func unixSeconds(_ date: String) -> Int64? {
    // Safe: curl only reads the text, and the second argument is unused.
    let seconds = unsafe curl_getdate(date, nil)
    return seconds == -1 ? nil : Int64(seconds)
  }
}
