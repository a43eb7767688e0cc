import Foundation
import Glibc
import TestSupport
import Testing

@testable import Outlets

@Suite struct LineFileTests {
  private func lines(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  private func names(_ folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
  }

  @Test func `lines are appended to what is there, and half a line is taken away`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      try writeText("{1}\n{2", to: path)
      let file = LineFile(path: path, sizeMaxBytes: nil, every: nil)
      try file.append(lines("{2}", "{3}"), at: .zero)
      try file.append(lines("{4}"), at: .seconds(1 << 40))
      #expect(readText(path) == "{1}\n{2}\n{3}\n{4}\n")
    }
  }

  /// Tried: without the comparison of the file's identity the lines go to the one that was moved.
  @Test func `a file that was moved away is let go of without a signal`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      let file = LineFile(path: path, sizeMaxBytes: nil, every: nil)
      try file.append(lines("a"), at: .zero)
      // The paths are passed as C strings for the length of the call only.
      #expect(unsafe rename(path, path + ".1") == 0)
      try file.append(lines("b"), at: .zero)
      file.reopen()
      try file.append(lines("c"), at: .zero)
      #expect(readText(path + ".1") == "a\n")
      #expect(readText(path) == "b\nc\n")
    }
  }

  @Test func `a file that would grow too large is set aside, between two lines`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      let file = LineFile(path: path, sizeMaxBytes: 10, every: nil)
      let time = Duration.seconds(1_700_000_000)
      try file.append(lines("1234", "5678", "abcd", "longer than ten", "x"), at: time)
      try file.append(lines("y"), at: time + .seconds(1))
      let stem = "e.jsonl.20231114T221320Z"
      #expect(try names(folder) == ["e.jsonl", stem, "\(stem)-1", "\(stem)-2"])
      #expect(readText("\(folder)/\(stem)") == "1234\n5678\n")
      #expect(readText("\(folder)/\(stem)-1") == "abcd\n")
      #expect(readText("\(folder)/\(stem)-2") == "longer than ten\n")
      #expect(readText(path) == "x\ny\n")
    }
  }

  @Test func `each period has a file, also after a restart`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      let day = Duration.seconds(86_400)
      var now = timeval()
      // The structure lives through the call.
      _ = unsafe gettimeofday(&now, nil)
      let today = Duration.seconds(Int64(now.tv_sec))
      func file() -> LineFile { LineFile(path: path, sizeMaxBytes: nil, every: day) }
      try file().append(lines("a"), at: today)
      // The file says itself when it was written last. A test at midnight is a day off, twice.
      let next = file()
      try next.append(lines("b"), at: today + day * 2)
      try next.append(lines("c"), at: today + day * 2)
      try next.append(lines("d"), at: today + day * 3)
      #expect(readText(path) == "d\n")
      let aside = try names(folder).dropFirst().map { readText("\(folder)/\($0)") }
      #expect(aside == ["a\n", "b\nc\n"])
    }
  }

  @Test func `what cannot be written is an error that names it`() throws {
    try withFolder { folder in
      let full = LineFile(path: "/dev/full", sizeMaxBytes: nil, every: nil)
      #expect(throws: OutletError.self) { try full.append(lines("a"), at: .zero) }
      let missing = LineFile(path: "\(folder)/no/e", sizeMaxBytes: nil, every: nil)
      do {
        try missing.append(lines("a"), at: .zero)
        Issue.record("a folder that is not there was written to")
      } catch {
        #expect("\(error)" == "open \(folder)/no/e: No such file or directory")
      }
    }
  }
}
