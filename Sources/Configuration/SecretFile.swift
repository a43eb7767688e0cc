/// The one line of a secret's file, and which file that was.
struct SecretFile {
  let text: String
  let identity: FileIdentity
  let isReadableByEveryone: Bool

  /// Why a file holds no secret; names the path, never the content.
  struct Failure: Error, Equatable {
    let reason: String
  }

  /// A password or a token; what is larger is some other file.
  static let sizeMax = 16_384

  init(_ path: String) throws(Failure) {
    let contents: ReadableFile
    do throws(ReadableFile.Failure) {
      contents = try ReadableFile(path, sizeMax: Self.sizeMax)
    } catch {
      throw Failure(reason: error.description)
    }
    var bytes = contents.bytes[...]
    // One line end, as every editor and `echo` leave it; more would be part of the secret.
    if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
    guard !bytes.isEmpty else {
      throw Failure(reason: "expected a secret in \(path), found an empty file")
    }
    guard let text = String(validating: bytes, as: UTF8.self), text.isOneLine else {
      throw Failure(reason: "expected one line of UTF-8 text in \(path), found other bytes")
    }
    self.text = text
    identity = contents.identity
    isReadableByEveryone = contents.isReadableByEveryone
  }
}

extension String {
  /// Whether nothing in it could end a header line early.
  var isOneLine: Bool {
    !unicodeScalars.contains { $0.properties.generalCategory == .control }
  }
}
