import Foundation
import Glibc
import Testing

@testable import Store

/// The file that takes records when the store cannot.
struct ReserveTests {
  private func record(_ number: Int) -> [UInt8] {
    Array(#"{"number":\#(number),"text":"\#(String(repeating: "x", count: number % 90))"}"#.utf8)
  }

  private func contents(_ path: String) throws -> Reserve.Contents {
    try Reserve(storePath: path).contents
  }

  private func change(_ path: String, _ body: (inout Data) -> Void) throws {
    let url = URL(filePath: path + ".reserve")
    var data = try Data(contentsOf: url)
    body(&data)
    try data.write(to: url)
  }

  /// Mutation tried that makes it fail: `end` not found again at open.
  @Test func `what is appended is there for the next process, in order, until it is cleared`()
    throws
  {
    let directory = try TemporaryDirectory()
    var reserve: Reserve? = try Reserve(storePath: directory.store)
    #expect(reserve?.contents == Reserve.Contents())
    try reserve?.append(record(1))
    try reserve?.setHead(Array(#"{"last":1}"#.utf8))
    try reserve?.append(record(2))
    reserve = nil
    reserve = try Reserve(storePath: directory.store)
    try reserve?.append(record(3))
    try reserve?.setHead(Array("{}".utf8))
    reserve = nil
    let found = try contents(directory.store)
    #expect(found.records == [record(1), record(2), record(3)])
    #expect(found.head == Array("{}".utf8))
    #expect(found.tornCount == 0)
    reserve = try Reserve(storePath: directory.store)
    try reserve?.clear()
    try reserve?.append(record(4))
    reserve = nil
    #expect(try contents(directory.store) == Reserve.Contents(records: [record(4)]))
  }

  @Test func `it is as large from its creation as it will ever be, and its bytes are written`()
    throws
  {
    let directory = try TemporaryDirectory()
    let reserve = try Reserve(storePath: directory.store)
    var status = stat()
    // Safe: path and status live through the call.
    #expect(unsafe stat(reserve.path, &status) == 0)
    #expect(Int(status.st_size) == Reserve.sizeBytes)
    #expect(Int(status.st_blocks) * 512 >= Reserve.sizeBytes)
    #expect(status.st_mode & 0o777 == 0o640)
    var count = 0
    let error = try storeError {
      while true {
        try reserve.append(record(89))
        count += 1
      }
    }
    #expect(error.kind == .full)
    #expect(count > 20_000)
    #expect(unsafe stat(reserve.path, &status) == 0)
    #expect(Int(status.st_size) == Reserve.sizeBytes)
  }

  /// Each line is JSON with the record as its member, and the checksum of its bytes.
  @Test func `a person reads it with any tool`() throws {
    let directory = try TemporaryDirectory()
    let reserve = try Reserve(storePath: directory.store)
    try reserve.setHead(Array(#"{"last":7}"#.utf8))
    try reserve.append(Array("123456789".utf8))
    let data = try Data(contentsOf: URL(filePath: reserve.path)).prefix { $0 != 0 }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[1] == #"{"crc32c":"e3069283","record":123456789}"#)
    let head = try JSONSerialization.jsonObject(with: Data(lines[0].utf8)) as? [String: Any]
    #expect((head?["record"] as? [String: Int])?["last"] == 7)
  }

  /// Mutation tried that makes it fail: the checksum not compared.
  @Test func `a record that was cut or changed anywhere is seen and hides no other`() throws {
    let directory = try TemporaryDirectory()
    var reserve: Reserve? = try Reserve(storePath: directory.store)
    for number in 1...3 { try reserve?.append(record(number)) }
    reserve = nil
    let whole = try Data(contentsOf: URL(filePath: directory.store + ".reserve"))
    let line = ReserveLine.encode(record(2))
    let place = try #require(whole.range(of: Data(line)))
    for cut in stride(from: place.lowerBound + 1, to: place.upperBound - 1, by: 3) {
      try change(directory.store) { data in
        data = whole
        for index in cut..<place.upperBound { data[index] = 0 }
      }
      let found = try contents(directory.store)
      #expect(found.records == [record(1), record(3)], "cut at \(cut)")
      #expect(found.tornCount == 1, "cut at \(cut)")
      try change(directory.store) { data in
        data = whole
        data[cut] ^= 0x04
      }
      #expect(try contents(directory.store).records.first == record(1), "flipped at \(cut)")
      #expect(try contents(directory.store).tornCount > 0, "flipped at \(cut)")
    }
  }

  @Test func `a head that was cut is no head, and the records stay`() throws {
    let directory = try TemporaryDirectory()
    var reserve: Reserve? = try Reserve(storePath: directory.store)
    try reserve?.setHead(Array(#"{"last":7}"#.utf8))
    try reserve?.append(record(1))
    reserve = nil
    for cut in [0, 5, 20, 100, 511] {
      try change(directory.store) { data in for index in cut..<512 { data[index] = 0 } }
      let found = try contents(directory.store)
      #expect(found.head == nil)
      #expect(found.tornCount == (cut == 0 ? 0 : 1))
      #expect(found.records == [record(1)])
      var again: Reserve? = try Reserve(storePath: directory.store)
      try again?.setHead(Array(#"{"last":7}"#.utf8))
      again = nil
    }
  }

  @Test func `two processes cannot have it at once`() throws {
    let directory = try TemporaryDirectory()
    let reserve = try Reserve(storePath: directory.store)
    let error = try storeError { _ = try Reserve(storePath: directory.store) }
    #expect(error.kind == .locked)
    #expect(error.subject == reserve.path)
  }
}
