import Bayeux
import Foundation
import Testing

/// The conversations in `Fixtures/transcripts`: each was held with the model server of the
/// simulation, in the personality that its name tells, and must have the same effects for ever.
/// One that was captured from a real server has the same form.
@Suite struct TranscriptTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/transcripts")

  static var files: [String] {
    let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return all.filter { $0.hasSuffix(".jsonl") }.sorted()
  }

  @Test func `there is a transcript of each personality over each transport`() {
    for (name, _) in Scenario.all { #expect(Self.files.contains("\(name).jsonl")) }
  }

  /// Mutations tried: batches delivered before their reply; a stalled socket read on behind what the
  /// new one says; an answer that is no sign of life; a refused upgrade that interrupts.
  @Test(arguments: files) func `a recorded conversation replays to the same effects`(
    file: String
  ) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count > 10)
    #expect(try Transcript.replay(lines) == lines)
  }

  /// `RECBRIDGE_RECORD=1` writes them anew; look at the difference before you keep it.
  @Test(arguments: Scenario.all.map(\.name)) func `a scenario runs as it is meant`(
    name: String
  ) throws {
    let scenario = try #require(Scenario.all.first { $0.name == name })
    let (lines, simulation) = scenario.scenario.record()
    #expect(simulation.violations == [])
    #expect(simulation.delivered.count == simulation.published.count - scenario.scenario.lost)
    #expect(try Transcript.replay(lines) == lines)
    guard ProcessInfo.processInfo.environment["RECBRIDGE_RECORD"] != nil else { return }
    let url = Self.folder.appendingPathComponent("\(name).jsonl")
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: url)
  }
}
