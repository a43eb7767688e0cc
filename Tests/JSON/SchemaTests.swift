import FoundationEssentials
import JSON
import Testing

/// The schemas that other programs rely on can be read at all.
struct SchemaTests {
  private func isReadable(_ text: [UInt8]) -> Bool {
    (try? JSONValue.parse(text))?.kind == .object
  }

  @Test func `every schema is a JSON object`() throws {
    let folder = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/schemas"
    let manager = FileManager.default
    guard manager.fileExists(atPath: folder) else { return }
    for path in try manager.subpathsOfDirectory(atPath: folder) where path.hasSuffix(".json") {
      let contents = try #require(manager.contents(atPath: "\(folder)/\(path)"))
      #expect(isReadable(Array(contents)), "\(path)")
    }
    // The check can fail.
    #expect(!isReadable(Array(#"{"type":"object",}"#.utf8)))
  }
}
