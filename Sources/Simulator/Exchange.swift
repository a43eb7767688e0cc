import JSON

/// One HTTP request being answered; the server wiring numbers them.
package struct RequestID: Hashable, Sendable {
  package let number: UInt64
  package init(_ number: UInt64) { self.number = number }
}

/// A header field, in the order in which it came or is to be sent.
package struct HTTPField: Sendable, Equatable {
  package let name: String
  package let value: String

  package init(_ name: String, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// What a client asked for, as a value.
package struct GWSRequest: Sendable, Equatable {
  package var method: String
  /// Decoded, without the query.
  package var path: String
  /// Decoded; the last one of a repeated name.
  package var query: [String: String]
  package var headers: [HTTPField]
  package var body: [UInt8]

  package init(
    _ method: String, _ path: String, query: [String: String] = [:], headers: [HTTPField] = [],
    body: [UInt8] = []
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
  }

  /// The first field of that name, compared without regard to case.
  func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }

  /// The value of a cookie, looked for in every `Cookie` field.
  func cookie(_ name: String) -> String? {
    for field in headers where field.name.lowercased() == "cookie" {
      for pair in field.value.split(separator: ";") {
        let trimmed = pair.drop { $0 == " " }
        guard trimmed.hasPrefix(name + "=") else { continue }
        return String(trimmed.dropFirst(name.count + 1))
      }
    }
    return nil
  }
}

/// What the platform answers, as a value.
package struct GWSResponse: Sendable, Equatable {
  package var status: Int
  package var headers: [HTTPField]
  package var body: [UInt8]

  package init(status: Int, headers: [HTTPField], body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  static func json(
    _ body: [UInt8], status: Int = 200, headers: [HTTPField] = []
  ) -> GWSResponse {
    let type = HTTPField("Content-Type", "application/json;charset=UTF-8")
    return GWSResponse(status: status, headers: [type] + headers, body: body)
  }

  static func html(_ text: String, status: Int, headers: [HTTPField] = []) -> GWSResponse {
    let page = """
      <html><head><title>Error \(status) \(text)</title></head>
      <body><h2>HTTP ERROR \(status)</h2><p>\(text)</p></body></html>
      """
    let type = HTTPField("Content-Type", "text/html;charset=iso-8859-1")
    return GWSResponse(status: status, headers: [type] + headers, body: Array(page.utf8))
  }

  /// A reply of the REST interface that says only how it went.
  static func status(
    _ code: Int, _ message: String? = nil, http status: Int, headers: [HTTPField] = []
  ) -> GWSResponse {
    json(
      JSONWriter.write { writer in
        writer.object { writer in
          writer.member("statusCode", code)
          writer.member("statusMessage", message)
        }
      }, status: status, headers: headers)
  }
}

/// What the server wiring is to do, in order.
package enum SimulatorEffect: Sendable, Equatable {
  case respond(RequestID, GWSResponse)
  /// Announce the whole response, send `bodyBytes` bytes of its body, then end the connection.
  case cut(RequestID, GWSResponse, bodyBytes: Int)
  /// End the connection without a byte of an answer.
  case drop(RequestID)
  /// One text message.
  case send(GWSSocketID, [UInt8])
  /// Close with this code (RFC 6455, 7.4). Nothing of the socket is reported to the model any more.
  case closeSocket(GWSSocketID, code: Int)
  /// Break the connection as with a TCP reset, without a close frame and without what is still
  /// to be written. Nothing of the socket is reported any more.
  case resetSocket(GWSSocketID)
  /// Read and write nothing any more, pongs included, and keep the connection open.
  case silenceSocket(GWSSocketID)
}
