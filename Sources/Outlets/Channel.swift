import CTLS
import Glibc

/// What a call of a channel came to.
enum ChannelStep: Equatable {
  case done
  /// So many bytes have gone or come; 0 of a read is the peer's end.
  case moved(Int)
  case needsReading
  case needsWriting
  case failed(String)
}

/// A connected, non-blocking socket, with TLS or without.
@safe final class Channel {
  let descriptor: Int32
  // Owned, like the descriptor, until `close`.
  private var ssl: OpaquePointer?
  /// Nothing more comes over TLS; the end of the connection itself is still to come.
  private(set) var hasEndedTLS = false

  /// Takes over `descriptor`, and `ssl`, which is over it.
  init(_ descriptor: Int32, ssl: OpaquePointer?) {
    self.descriptor = descriptor
    unsafe self.ssl = ssl
  }

  /// Makes the connection private; done at once without TLS.
  func shakeHands() -> ChannelStep {
    guard let ssl = unsafe ssl else { return .done }
    ERR_clear_error()
    let code = unsafe SSL_do_handshake(ssl)
    if code == 1 { return .done }
    let verdict = unsafe SSL_get_verify_result(ssl)
    if verdict != X509_V_OK {
      // The text is a constant of OpenSSL's.
      let reason = unsafe String(cString: X509_verify_cert_error_string(verdict))
      return .failed("its certificate was refused: \(reason)")
    }
    return step(code)
  }

  func write(_ bytes: ArraySlice<UInt8>) -> ChannelStep {
    // The buffer lives through the call and is as long as is said, here and below.
    unsafe bytes.withUnsafeBytes { buffer in
      guard let ssl = unsafe ssl else {
        return moved(
          unsafe send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)))
      }
      ERR_clear_error()
      let count = Int32(clamping: buffer.count)
      let code = unsafe SSL_write(ssl, buffer.baseAddress, count)
      return code > 0 ? .moved(Int(code)) : step(code)
    }
  }

  /// As much as a record of TLS holds: so nothing that was read is left where no watch sees it.
  private static let blockSizeBytes = 16_384

  /// Reads some bytes and forgets them. Its end is that of the connection: what TLS says before is
  /// the word of a peer that may have bytes of ours unread, which only a reset tells.
  func drain() -> ChannelStep {
    var block = [UInt8](repeating: 0, count: Self.blockSizeBytes)
    if let ssl = unsafe ssl, !hasEndedTLS {
      ERR_clear_error()
      let code = unsafe SSL_read(ssl, &block, Int32(block.count))
      if code > 0 { return .moved(Int(code)) }
      guard unsafe SSL_get_error(ssl, code) == SSL_ERROR_ZERO_RETURN else { return step(code) }
      hasEndedTLS = true
    }
    let step = moved(unsafe recv(descriptor, &block, block.count, 0))
    return step == .needsWriting ? .needsReading : step
  }

  /// Says that nothing more will come, and nothing else: the peer's own end is still to be read.
  func finish() -> ChannelStep {
    if let ssl = unsafe ssl {
      ERR_clear_error()
      let code = unsafe SSL_shutdown(ssl)
      if code < 0 { return step(code) }
    }
    return shutdown(descriptor, Int32(SHUT_WR)) == 0 ? .done : .failed(Self.systemReason())
  }

  /// How many bytes the peer's machine has not taken yet; our end counts as one.
  var untakenBytes: Int32 {
    var count: Int32 = 0
    // The number lives through the call (tcp(7), SIOCOUTQ, which is TIOCOUTQ).
    _ = unsafe ioctl(descriptor, UInt(TIOCOUTQ), &count)
    return count
  }

  /// Closes at once, with a reset unless both sides have ended: what the peer's machine has and
  /// its program has not read is then thrown away, as far as the system does that.
  func close() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    // The structure lives through the call and has the size that is named.
    _ = unsafe setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    // Freed once, and before its descriptor is closed.
    if let ssl = unsafe ssl { unsafe SSL_free(ssl) }
    unsafe ssl = nil
    Glibc.close(descriptor)
  }

  private func moved(_ count: Int) -> ChannelStep {
    if count >= 0 { return .moved(count) }
    switch errno {
    case EAGAIN, EINTR: return .needsWriting
    default: return .failed(Self.systemReason())
    }
  }

  private func step(_ code: Int32) -> ChannelStep {
    let system = errno
    // The connection is alive, and `code` is of its last call.
    switch unsafe SSL_get_error(ssl, code) {
    case SSL_ERROR_WANT_READ: return .needsReading
    case SSL_ERROR_WANT_WRITE: return .needsWriting
    case SSL_ERROR_ZERO_RETURN: return .moved(0)
    case SSL_ERROR_SYSCALL where system != 0:
      return .failed(Self.systemReason(system))
    default: return .failed(TLSError.lastReason)
    }
  }

  static func systemReason(_ code: Int32 = errno) -> String {
    // The text belongs to the C library and is copied at once.
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
  }
}
