import CCrypto
import Glibc

/// What a timestamping authority has signed (RFC 3161, 2.4.2): a hash, and when it saw that.
///
/// Wraps `TS_TST_INFO` of OpenSSL's libcrypto.
package struct TimestampToken: Equatable, Sendable {
  /// DER, as `openssl ts -token_in` takes it.
  package let bytes: [UInt8]
  /// The hash, a SHA-256.
  package let imprint: [UInt8]
  /// The authority's time since the Unix epoch, in whole seconds.
  package let time: Duration
  /// The rules by which the authority says that it works: an object identifier.
  package let policy: String
  /// The authority's number of the token, in hexadecimal digits.
  package let serial: String

  /// Reads a token; whether its signature is good is another question.
  package init(_ bytes: [UInt8]) throws(TimestampFailure) {
    ERR_clear_error()
    let token = unsafe try Self.read(bytes)
    defer { unsafe PKCS7_free(token) }
    try unsafe self.init(token)
  }

  /// The caller frees it.
  @unsafe private static func read(
    _ bytes: [UInt8]
  ) throws(TimestampFailure) -> UnsafeMutablePointer<PKCS7> {
    // Safe: the library reads at most the count that it is given.
    let token = unsafe bytes.withUnsafeBufferPointer { bytes in
      var start = bytes.baseAddress
      return unsafe d2i_PKCS7(nil, &start, bytes.count)
    }
    guard let token = unsafe token else { throw .ofLibrary("it is no token") }
    return unsafe token
  }

  @unsafe init(_ token: UnsafeMutablePointer<PKCS7>) throws(TimestampFailure) {
    // Safe: what is read belongs to `info`, which is freed at the end, or to the library's tables.
    guard let info = unsafe PKCS7_to_TS_TST_INFO(token) else {
      throw .ofLibrary("there is no timestamp in the token")
    }
    defer { unsafe TS_TST_INFO_free(info) }
    let hash = unsafe TS_TST_INFO_get_msg_imprint(info)
    var algorithm: OpaquePointer?
    unsafe X509_ALGOR_get0(&algorithm, nil, nil, TS_MSG_IMPRINT_get_algo(hash))
    guard unsafe OBJ_obj2nid(algorithm) == NID_sha256 else {
      throw TimestampFailure("the timestamp is not of a SHA-256")
    }
    imprint = unsafe Self.bytes(TS_MSG_IMPRINT_get_msg(hash))
    serial = unsafe Self.bytes(TS_TST_INFO_get_serial(info)).map(Self.digits).joined()
    var parts = unsafe tm()
    guard unsafe ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &parts) == 1 else {
      throw .ofLibrary("the timestamp has no time")
    }
    time = .seconds(Int64(unsafe timegm(&parts)))
    var text = [CChar](repeating: 0, count: 128)
    // Safe: it writes at most the count that it is given, and ends the text.
    let count = unsafe OBJ_obj2txt(
      &text, Int32(text.count), TS_TST_INFO_get_policy_id(info), 1)
    guard count > 0, Int(count) < text.count else {
      throw .ofLibrary("the timestamp names no rules")
    }
    policy = String(decoding: text.prefix(Int(count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    bytes = try unsafe Self.written(token)
  }

  @unsafe private static func written(
    _ token: UnsafeMutablePointer<PKCS7>
  ) throws(TimestampFailure) -> [UInt8] {
    var start: UnsafeMutablePointer<UInt8>?
    // Safe: the library makes the buffer, which is copied and freed.
    let count = unsafe i2d_PKCS7(token, &start)
    defer { unsafe CRYPTO_free(start, nil, 0) }
    guard count > 0 else { throw .ofLibrary("the token could not be written") }
    return unsafe Array(UnsafeBufferPointer(start: start, count: Int(count)))
  }

  /// The bytes of a string of ASN.1, copied.
  @unsafe private static func bytes(_ string: UnsafePointer<ASN1_STRING>?) -> [UInt8] {
    guard let string = unsafe string else { return [] }
    return unsafe Array(
      UnsafeBufferPointer(
        start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string))))
  }

  private static func digits(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  /// Whether its signature is good up to a certificate in the PEM file `authority`, and every
  /// certificate between was when it was made; throws with the reason if not.
  ///
  /// As of then and not of now, because a token outlives the certificates.
  package func verify(authority: String) throws(TimestampFailure) {
    ERR_clear_error()
    let token = unsafe try Self.read(bytes)
    defer { unsafe PKCS7_free(token) }
    guard let context = unsafe TS_VERIFY_CTX_new() else { throw .ofLibrary("no memory") }
    defer { unsafe TS_VERIFY_CTX_free(context) }
    try unsafe TimestampAuthorities.add(authority, to: context, at: time)
    unsafe TS_VERIFY_CTX_add_flags(context, Int32(TS_VFY_VERSION))
    guard unsafe TS_RESP_verify_token(context, token) == 1 else {
      throw .ofLibrary("the token's signature does not count")
    }
  }
}
