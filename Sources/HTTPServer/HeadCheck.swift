/// What the head of a request says, before its body is read.
struct RequestHead {
  let method: String
  let version: String
  let target: [UInt8]
  let headers: [ServerHeader]
  let sizeBytes: Int

  /// The target if the request may go on, or the answer that ends it and its connection.
  ///
  /// Whatever two parsers could read differently is refused, not interpreted: a repeated
  /// Content-Length, or one beside Transfer-Encoding (RFC 9112, 6.3).
  func checked(limits: ServerLimits) -> Result<RequestTarget, HeadRefusal> {
    guard version == "HTTP/1.1" || version == "HTTP/1.0" else {
      return refuse(505, "HTTP Version Not Supported", "Use HTTP/1.1.")
    }
    guard target.count <= limits.targetSizeBytes else {
      return refuse(
        414, "URI Too Long", "The request target may have \(limits.targetSizeBytes) bytes.")
    }
    guard sizeBytes <= limits.headSizeBytes else {
      return refuse(
        431, "Request Header Fields Too Large",
        "The request head may have \(limits.headSizeBytes) bytes.")
    }
    let lengths = values(of: "Content-Length")
    let encodings = values(of: "Transfer-Encoding")
    guard lengths.count <= 1, values(of: "Host").count <= 1 else {
      return refuse(400, "Bad Request", "Content-Length and Host may appear once.")
    }
    guard encodings.isEmpty || (encodings.count == 1 && lengths.isEmpty) else {
      return refuse(
        400, "Bad Request", "Send either one Content-Length or one Transfer-Encoding.")
    }
    if let encoding = encodings.first, encoding.lowercased() != "chunked" {
      return refuse(501, "Not Implemented", "The only Transfer-Encoding understood is chunked.")
    }
    if let length = lengths.first {
      guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return refuse(400, "Bad Request", "Content-Length must be a plain decimal number.")
      }
      guard let count = Int(length), count <= limits.bodySizeBytes else {
        return .failure(HeadRefusal(answer: RequestHead.bodyTooLarge(limits)))
      }
    }
    do throws(RequestTarget.Refusal) {
      return .success(try RequestTarget(parsing: target))
    } catch {
      return refuse(400, "Bad Request", error.rawValue)
    }
  }

  static func bodyTooLarge(_ limits: ServerLimits) -> ServerResponse {
    .refusal(413, "Content Too Large", "The body may have \(limits.bodySizeBytes) bytes.")
  }

  private func values(of name: String) -> [String] {
    headers.filter { $0.isNamed(name) }.map(\.value)
  }

  private func refuse(
    _ status: Int, _ title: StaticString, _ detail: String
  ) -> Result<RequestTarget, HeadRefusal> {
    .failure(HeadRefusal(answer: .refusal(status, title, detail)))
  }
}

struct HeadRefusal: Error {
  let answer: ServerResponse
}
