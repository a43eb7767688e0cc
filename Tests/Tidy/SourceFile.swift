import FoundationEssentials

/// A text file of the tree.
struct SourceFile {
  /// From the root of the package.
  let path: String
  let text: String
  /// The text without the insides of strings and comments; empty for what is not Swift.
  let code: String

  init(path: String, text: String) {
    self.path = path
    self.text = text
    code = path.hasSuffix(".swift") ? SourceText.code(of: text) : ""
  }

  var isSwift: Bool { path.hasSuffix(".swift") }

  /// The module, for what stands in Sources.
  var module: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }
}

/// The package's own files.
struct Tree {
  /// Read once for all tests.
  static let shared = Result { try Tree() }

  let files: [SourceFile]
  let manifest: String

  /// Written by hand, and so held to the habits. Fixtures are what others sent, byte for byte.
  private static let folders = [
    "Sources", "Tests", "docs", "examples", "schemas", "scripts", ".ci",
  ]
  private static let fixtures = "Tests/Fixtures/"
  private static let binary = ["png", "pcap", "gz", "db", "pyc", "o"]

  /// The package around this file.
  private init() throws {
    let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let manager = FileManager.default
    var paths = try manager.contentsOfDirectory(atPath: root).filter {
      $0.hasSuffix(".swift") || $0.hasSuffix(".md")
    }
    for folder in Self.folders where manager.fileExists(atPath: "\(root)/\(folder)") {
      paths += try manager.subpathsOfDirectory(atPath: "\(root)/\(folder)").map {
        "\(folder)/\($0)"
      }
    }
    var files: [SourceFile] = []
    for path in paths.sorted() where !path.hasPrefix(Self.fixtures) {
      let suffix = path.split(separator: "/").last?.split(separator: ".").last.map(String.init)
      if Self.binary.contains(suffix ?? "") { continue }
      // A folder has no contents.
      guard let contents = manager.contents(atPath: "\(root)/\(path)") else { continue }
      files.append(SourceFile(path: path, text: String(decoding: contents, as: UTF8.self)))
    }
    self.files = files
    manifest = files.first { $0.path == "Package.swift" }?.text ?? ""
  }
}
