import Foundation
import Glibc
import Synchronization
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

  /// They hold phone numbers. Mutation tried: everybody may read them.
  @Test func `only its owner and group may read a file, also a new one`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      let file = LineFile(path: path, sizeMaxBytes: 1, every: nil)
      for line in ["a", "b"] { try file.append(lines(line), at: .zero) }
      for name in try names(folder) {
        var status = stat()
        // The path is copied for the call, which fills the one structure it is given.
        #expect(unsafe stat("\(folder)/\(name)", &status) == 0)
        #expect(status.st_mode & 0o137 == 0, "\(name)")
      }
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

  /// As logrotate with `compress` and `nodelaycompress` does it, between our look and our write.
  @Test func `what was written to a file that was moved meanwhile is written once more`() throws {
    try withFolder { folder in
      let path = "\(folder)/e.jsonl"
      let looks = Mutex(0)
      let file = LineFile(path: path, sizeMaxBytes: nil, every: nil) { path in
        let look = looks.withLock {
          $0 += 1; return $0
        }
        // The first is after the first batch; the third after the second, which `b` is.
        // The path is passed as a C string for the length of the call only.
        if look == 3 { unsafe _ = unlink(path) }
        return LineFile.Identity.at(path)
      }
      try file.append(lines("a"), at: .zero)
      try file.append(lines("b", "c"), at: .zero)
      #expect(readText(path) == "b\nc\n")
      try file.append(lines("d"), at: .zero)
      #expect(readText(path) == "b\nc\nd\n")
    }
  }

  /// As logrotate with `copytruncate` does it, on a disk that then is full: a process of its own
  /// may write files of 4 bytes.
  @Test func `a file that was emptied meanwhile does not grow by what could not be written`() async
  {
    await #expect(processExitsWith: .success) {
      try withFolder { folder in
        let path = "\(folder)/e.jsonl"
        let looks = Mutex(0)
        let file = LineFile(path: path, sizeMaxBytes: nil, every: nil) { path in
          defer {
            // The path is passed as a C string for the length of the call only.
            if looks.withLock({
              $0 += 1; return $0
            }) == 2 {
              unsafe _ = truncate(path, 0)
            }
          }
          return LineFile.Identity.at(path)
        }
        try file.append([Array("ab".utf8)], at: .zero)
        _ = signal(SIGXFSZ, SIG_IGN)
        var limit = rlimit(rlim_cur: 4, rlim_max: 4)
        // The structure lives through the call.
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        do {
          try file.append([Array("cdefgh".utf8)], at: .zero)
          exit(1)
        } catch {
          exit(readText(path) == "" ? 0 : 2)
        }
      }
    }
  }

  @Test func `a file that holds no line is left alone, unless it is the beginning of ours`() throws
  {
    try withFolder { folder in
      let path = "\(folder)/settings.json"
      try writeText("{\"port\":1}", to: path)
      let file = LineFile(path: path, sizeMaxBytes: nil, every: nil)
      #expect(throws: OutletError.self) { try file.append(lines("{\"id\":7}"), at: .zero) }
      #expect(readText(path) == "{\"port\":1}")
      try writeText("{\"id\"", to: path)
      try file.append(lines("{\"id\":7}"), at: .zero)
      #expect(readText(path) == "{\"id\":7}\n")
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

  /// Mutation tried: each restart begins a new one.
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
      try file().append(lines("again"), at: today)
      // The file says itself when it was written last. A test at midnight is a day off, twice.
      let next = file()
      try next.append(lines("b"), at: today + day * 2)
      try next.append(lines("c"), at: today + day * 2)
      try next.append(lines("d"), at: today + day * 3)
      #expect(readText(path) == "d\n")
      let aside = try names(folder).dropFirst().map { readText("\(folder)/\($0)") }
      #expect(aside == ["a\nagain\n", "b\nc\n"])
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
