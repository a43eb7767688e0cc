import CTLS

/// Whom connections trust, and what they show: at least TLS 1.2, the server's certificate verified,
/// its name or address included.
///
/// Wraps `SSL_CTX` of OpenSSL's libssl.
@safe package final class TLSContext {
  // Freed in deinit; connections hold references of OpenSSL's own.
  private let context: OpaquePointer

  /// - Parameters:
  ///   - caFile: certificates to trust instead of the system's, PEM.
  ///   - certificateFile: our own, PEM.
  ///   - keyFile: its key; nil if that is in the same file.
  package init(caFile: String?, certificateFile: String?, keyFile: String?) throws(OutletError) {
    guard let context = unsafe SSL_CTX_new(TLS_client_method()) else {
      throw OutletError(operation: "set up", subject: "TLS", cause: "out of memory")
    }
    unsafe self.context = context
    // The context is alive; paths are copied by each call.
    unsafe ctls_allow_partial_writes(context)
    unsafe ctls_take_any_end(context)
    unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
    var isGood = unsafe ctls_require_1_2(context) == 1
    if let caFile {
      isGood = unsafe SSL_CTX_load_verify_locations(context, caFile, nil) == 1
      if !isGood { throw Self.refusal("read the certificates of", caFile) }
    } else {
      isGood = unsafe isGood && SSL_CTX_set_default_verify_paths(context) == 1
    }
    guard isGood else { throw Self.refusal("set up", "TLS") }
    guard let certificateFile else { return }
    guard unsafe SSL_CTX_use_certificate_chain_file(context, certificateFile) == 1 else {
      throw Self.refusal("read our certificate in", certificateFile)
    }
    let keyFile = keyFile ?? certificateFile
    guard unsafe SSL_CTX_use_PrivateKey_file(context, keyFile, SSL_FILETYPE_PEM) == 1,
      unsafe SSL_CTX_check_private_key(context) == 1
    else { throw Self.refusal("use the key in", keyFile) }
  }

  deinit { unsafe SSL_CTX_free(context) }

  private static func refusal(_ operation: String, _ subject: String) -> OutletError {
    OutletError(operation: operation, subject: subject, cause: TLSError.lastReason)
  }

  /// A connection of ours over `descriptor`, which stays the caller's, to the server `name`.
  func connection(over descriptor: Int32, to name: String) -> OpaquePointer? {
    // Both pointers are alive; the name is copied by each call.
    guard let ssl = unsafe SSL_new(context) else { return nil }
    // An address is looked for among the certificate's addresses, and is no server name (RFC 6066).
    let isAddress = unsafe X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1
    let isNamed =
      unsafe isAddress || (SSL_set1_host(ssl, name) == 1 && ctls_set_server_name(ssl, name) == 1)
    guard isNamed, unsafe SSL_set_fd(ssl, descriptor) == 1 else {
      unsafe SSL_free(ssl)
      return nil
    }
    unsafe SSL_set_connect_state(ssl)
    return unsafe ssl
  }
}

enum TLSError {
  /// What OpenSSL reported last on this thread, in its words; its queue is empty afterwards.
  static var lastReason: String {
    let code = ERR_peek_last_error()
    ERR_clear_error()
    // The text is a constant of OpenSSL's.
    guard code != 0, let text = unsafe ERR_reason_error_string(code) else { return "unknown" }
    return unsafe String(cString: text)
  }
}
