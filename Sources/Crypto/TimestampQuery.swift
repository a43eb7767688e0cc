import CCrypto

/// A question to a timestamping authority (RFC 3161, 2.4.1): sign this hash and the time.
///
/// It has a nonce of its own and asks for the authority's certificate, so that the answer can be
/// checked with nothing but the certificate of who stands behind it.
///
/// Wraps `TS_REQ` of OpenSSL's libcrypto.
package struct TimestampQuery: Equatable, Sendable {
  /// DER: the body of a POST with the type `application/timestamp-query`.
  package let bytes: [UInt8]

  /// - Parameters:
  ///   - imprint: a SHA-256.
  ///   - policy: the rules by which the authority is to work, an object identifier; nil for any.
  package init(imprint: [UInt8], policy: String? = nil) throws(TimestampFailure) {
    var nonce: UInt64 = 0
    // Safe: the variable has the eight bytes that are written.
    let isRandom = unsafe withUnsafeMutableBytes(of: &nonce) { bytes in
      unsafe RAND_bytes(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), 8) == 1
    }
    guard imprint.count == SHA256.sizeBytes, isRandom, let request = unsafe TS_REQ_new() else {
      throw .ofLibrary("a question could not be made")
    }
    defer { unsafe TS_REQ_free(request) }
    // Safe, here and below: each call gets objects that live, copies them, and all are freed here.
    guard unsafe TS_REQ_set_version(request, 1) == 1, unsafe TS_REQ_set_cert_req(request, 1) == 1,
      unsafe Self.set(imprint, in: request), unsafe Self.set(nonce: nonce, in: request),
      unsafe Self.set(policy: policy, in: request)
    else { throw .ofLibrary("a question could not be made") }
    var start: UnsafeMutablePointer<UInt8>?
    // Safe: the library makes the buffer, which is copied and freed.
    let count = unsafe i2d_TS_REQ(request, &start)
    defer { unsafe CRYPTO_free(start, nil, 0) }
    guard count > 0 else { throw .ofLibrary("a question could not be written") }
    bytes = unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  @unsafe private static func set(_ imprint: [UInt8], in request: OpaquePointer) -> Bool {
    guard let hash = unsafe TS_MSG_IMPRINT_new(), let algorithm = unsafe X509_ALGOR_new() else {
      return false
    }
    defer {
      unsafe TS_MSG_IMPRINT_free(hash)
      unsafe X509_ALGOR_free(algorithm)
    }
    var bytes = imprint
    return unsafe X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nil) == 1
      && TS_MSG_IMPRINT_set_algo(hash, algorithm) == 1
      && TS_MSG_IMPRINT_set_msg(hash, &bytes, Int32(bytes.count)) == 1
      && TS_REQ_set_msg_imprint(request, hash) == 1
  }

  @unsafe private static func set(nonce: UInt64, in request: OpaquePointer) -> Bool {
    guard let number = unsafe ASN1_INTEGER_new() else { return false }
    defer { unsafe ASN1_INTEGER_free(number) }
    return unsafe ASN1_INTEGER_set_uint64(number, nonce) == 1
      && TS_REQ_set_nonce(request, number) == 1
  }

  @unsafe private static func set(policy: String?, in request: OpaquePointer) -> Bool {
    guard let policy else { return true }
    guard let identifier = unsafe OBJ_txt2obj(policy, 1) else { return false }
    defer { unsafe ASN1_OBJECT_free(identifier) }
    return unsafe TS_REQ_set_policy_id(request, identifier) == 1
  }

  /// The token of an authority's answer, if it is an answer to this question: granted, about this
  /// hash, with this nonce and these rules, signed with a certificate that is good for timestamps
  /// now and that `authority`, a PEM file, stands behind.
  ///
  /// Reads the file. Takes milliseconds.
  package func token(
    in answer: [UInt8], authority: String
  ) throws(TimestampFailure) -> TimestampToken {
    ERR_clear_error()
    // Safe: the library reads at most the counts that it is given; what it makes is freed here.
    let response = unsafe answer.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return unsafe d2i_TS_RESP(nil, &start, bytes.count)
    }
    guard let response = unsafe response else { throw .ofLibrary("the answer is no timestamp's") }
    defer { unsafe TS_RESP_free(response) }
    let context = unsafe try context(authority)
    defer { unsafe TS_VERIFY_CTX_free(context) }
    guard unsafe TS_RESP_verify_response(context, response) == 1,
      let token = unsafe TS_RESP_get_token(response)
    else { throw .ofLibrary("the answer does not count") }
    return try unsafe TimestampToken(token)
  }

  /// What an answer to this question is held against. The caller frees it.
  @unsafe private func context(_ authority: String) throws(TimestampFailure) -> OpaquePointer {
    // Safe: as above. The context takes over the certificates.
    let request = unsafe bytes.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return unsafe d2i_TS_REQ(nil, &start, bytes.count)
    }
    defer { unsafe TS_REQ_free(request) }
    guard let context = unsafe TS_REQ_to_TS_VERIFY_CTX(request, nil) else {
      throw .ofLibrary("the question could not be read again")
    }
    do throws(TimestampFailure) {
      unsafe try TimestampAuthorities.add(authority, to: context)
    } catch {
      unsafe TS_VERIFY_CTX_free(context)
      throw error
    }
    return unsafe context
  }
}

/// Whose timestamps count.
enum TimestampAuthorities {
  /// Has `context` check the signature, up to a certificate in the PEM file `path`.
  ///
  /// - Parameter time: when the certificates must have been good; nil for now.
  @unsafe static func add(
    _ path: String, to context: OpaquePointer, at time: Duration? = nil
  ) throws(TimestampFailure) {
    // Safe: the context takes over the certificates, or they are freed here.
    guard let store = unsafe X509_STORE_new() else { throw .ofLibrary("no memory") }
    guard unsafe X509_STORE_load_file(store, path) == 1 else {
      unsafe X509_STORE_free(store)
      throw .ofLibrary("\(path) has no certificates")
    }
    if let time {
      unsafe X509_VERIFY_PARAM_set_time(
        X509_STORE_get0_param(store), time_t(time.components.seconds))
    }
    unsafe TS_VERIFY_CTX_set_store(context, store)
    unsafe TS_VERIFY_CTX_add_flags(context, Int32(TS_VFY_SIGNATURE))
  }
}
