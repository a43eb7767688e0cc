import Foundation
import TestSupport
import Testing

/// The conversations in `Fixtures/transcripts`: each was held by this machine with a real server
/// over real connections (`CaptureTests`), and must have the same effects for ever.
@Suite struct TranscriptTests {
  static let folder = URL(fileURLWithPath: packageFolder)
    .appendingPathComponent("Tests/Fixtures/transcripts")

  static var files: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { $0.hasSuffix(".jsonl") }.sorted()
  }

  @Test func `there is a transcript of each server over each transport`() {
    let wanted = [
      "cometd-long-polling", "cometd-long-polling-ack", "cometd-websocket",
      "cometd-websocket-ack", "cometd-websocket-stalled", "faye-long-polling",
      "faye-upgrade-refused", "faye-websocket",
    ]
    #expect(Set(Self.files) == Set(wanted.map { $0 + ".jsonl" }))
  }

  /// Mutations tried: batches delivered before their reply; a stalled socket read on behind what the
  /// new one says; an answer that is no sign of life; a refused upgrade taken for an unreachable
  /// one; a connect before the disk; an acknowledgement that is one behind, or forgotten at a
  /// restart; a gap for a lost socket with acknowledgements.
  @Test(arguments: files) func `a captured conversation replays to the same effects`(
    file: String
  ) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count > 10)
    #expect(try Transcript.difference(replaying: lines) == nil)
  }
}
