import Testing

@testable import Calls

@Suite struct WitnessesTests {
  private static let states: [(RecordingState, String, Set<Capability>)] = [
    (.recording, "ON", [.pauseRecording, .stopRecording]),
    (.paused, "PAUSED", [.resumeRecording, .stopRecording]),
    (.stopped, "OFF", [.startRecording]),
  ]

  private func verdict(
    _ state: RecordingState?, _ gsip: String?, _ capabilities: Set<Capability>
  ) -> Verdict {
    Witnesses(recordingState: state, gsipRecord: gsip, capabilities: capabilities).verdict
  }

  // All 3 x 4 x 4 x 4 combinations of what a witness can say, absence included.
  @Test func `witnesses agree only when at least two speak and none says otherwise`() {
    for (state, _, _) in Self.states {
      for gsip in Self.states.map(\.1) + [nil] {
        for capabilities in Self.states.map(\.2) + [[]] {
          let others = Self.states.filter { $0.1 == gsip || $0.2 == capabilities }
          let speaking = (gsip == nil ? 0 : 1) + (capabilities.isEmpty ? 0 : 1)
          let expected: Verdict =
            speaking == 0
            ? .notEnough : others.allSatisfy { $0.0 == state } ? .agree(state) : .disagree
          #expect(verdict(state, gsip, capabilities) == expected)
        }
      }
    }
  }

  @Test func `a call without a recordingState is never witnessed`() {
    for (_, gsip, capabilities) in Self.states {
      #expect(verdict(nil, gsip, []) == .notEnough)
      #expect(verdict(nil, nil, capabilities) == .notEnough)
      #expect(verdict(nil, gsip, capabilities) == .notEnough)
    }
    #expect(verdict(nil, nil, []) == .notEnough)
    #expect(verdict(nil, "ON", [.startRecording]) == .disagree)
  }

  @Test(arguments: [
    [Capability.startRecording, .stopRecording], [.pauseRecording, .resumeRecording],
    [.startRecording, .pauseRecording], [.resumeRecording, .stopRecording, .pauseRecording],
    [.startRecording, .stopRecording, .pauseRecording, .resumeRecording],
  ])
  func `capabilities that no state has together are a disagreement`(_ mixture: [Capability]) {
    for (state, gsip, _) in Self.states {
      #expect(verdict(state, gsip, Set(mixture)) == .disagree)
    }
    #expect(verdict(nil, nil, Set(mixture)) == .disagree)
  }

  @Test func `a stop without a pause fits a running recording and alone proves none`() {
    #expect(verdict(.recording, nil, [.stopRecording]) == .notEnough)
    #expect(verdict(.recording, "ON", [.stopRecording]) == .agree(.recording))
    #expect(verdict(.paused, "PAUSED", [.stopRecording]) == .agree(.paused))
    #expect(verdict(.stopped, "OFF", [.stopRecording]) == .disagree)
    #expect(verdict(.stopped, nil, [.stopRecording]) == .disagree)
    #expect(verdict(.recording, nil, [.pauseRecording]) == .agree(.recording))
    #expect(verdict(.paused, nil, [.resumeRecording]) == .agree(.paused))
  }

  @Test func `a word that no table has agrees with nothing`() {
    #expect(verdict(.recording, "Recording", []) == .disagree)
    #expect(verdict(RecordingState(rawValue: "ON"), "ON", []) == .disagree)
    #expect(verdict(RecordingState(rawValue: "X"), "X", []) == .disagree)
    #expect(verdict(RecordingState(rawValue: "X"), nil, []) == .notEnough)
    #expect(verdict(RecordingState(rawValue: "X"), nil, [.startRecording]) == .disagree)
  }

  @Test func `witnesses are written with the recording capabilities only`() throws {
    #expect(
      text(try call("b-stop").witnesses.write)
        == #"{"recordingState":"Stopped","gsipRecord":"OFF","capabilities":["StartCallRecording"],"#
        + #""verdict":"agree"}"#)
    #expect(
      text(try call("g-ringing").witnesses.write)
        == #"{"capabilities":[],"verdict":"not-enough"}"#)
  }
}
