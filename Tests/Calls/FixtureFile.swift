import Foundation
import JSON
import Testing

@testable import Calls

/// Reads a message of the platform from `Fixtures/notifications`.
func notification(_ file: String) throws -> CallNotification {
  let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
  let url = tests.appendingPathComponent("Fixtures/notifications/\(file).json")
  let message = try JSONValue.parse(Array(Data(contentsOf: url)))
  return try CallNotification(data: try #require(message["data"]))
}

func call(_ file: String) throws -> Call { try #require(try notification(file).call) }

func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

func text(_ body: (inout JSONWriter) -> Void) -> String {
  String(decoding: JSONWriter.write(body), as: UTF8.self)
}
