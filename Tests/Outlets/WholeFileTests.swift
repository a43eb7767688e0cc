import Glibc
import TestSupport
import Testing

@testable import Outlets

@Suite struct WholeFileTests {
  @Test func `a file holds the newest text, and an older one that comes late does not replace it`()
    throws
  {
    try withFolder { folder in
      let file = WholeFile(path: "\(folder)/checkpoint")
      try file.replace(with: Array("one".utf8), number: 1)
      try file.replace(with: Array("three".utf8), number: 3)
      try file.replace(with: Array("two".utf8), number: 2)
      #expect(readText(file.path) == "three")
      #expect(readText(file.path + ".new") == nil)
      var status = stat()
      // The path is copied for the call, which fills the one structure it is given.
      #expect(unsafe stat(file.path, &status) == 0 && status.st_mode & 0o777 == 0o644)
    }
  }

  @Test func `a reader who has it open finds the text that it opened`() throws {
    try withFolder { folder in
      let file = WholeFile(path: "\(folder)/checkpoint")
      try file.replace(with: Array("first".utf8), number: 1)
      // The path is passed as a C string for the length of the call only.
      let descriptor = unsafe open(file.path, O_RDONLY | O_CLOEXEC)
      defer { close(descriptor) }
      try file.replace(with: Array("second and longer".utf8), number: 2)
      #expect(readSome(descriptor).map { String(decoding: $0, as: UTF8.self) } == "first")
    }
  }

  @Test func `what cannot be replaced is an error, and may be tried again`() throws {
    try withFolder { folder in
      let file = WholeFile(path: "\(folder)/missing/checkpoint")
      #expect(throws: OutletError.self) { try file.replace(with: [1], number: 1) }
      // The path is passed as a C string for the length of the call only.
      #expect(unsafe mkdir("\(folder)/missing", 0o700) == 0)
      try file.replace(with: [UInt8(ascii: "x")], number: 1)
      #expect(readText(file.path) == "x")
    }
  }
}
