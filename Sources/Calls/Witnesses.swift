package import JSON

/// What the witnesses say together.
package enum Verdict: Equatable, Sendable {
  /// `recordingState` and at least one more witness are there, and all that are there say this.
  case agree(RecordingState)
  /// Two witnesses say different things, or one contradicts itself. Never a confirmation.
  case disagree
  /// Too few witnesses speak. Never a confirmation.
  case notEnough

  /// The state that is witnessed, if any is.
  package var state: RecordingState? {
    if case .agree(let state) = self { state } else { nil }
  }

  /// `agree`, `disagree` or `not-enough`.
  package var name: String {
    switch self {
    case .agree: "agree"
    case .disagree: "disagree"
    case .notEnough: "not-enough"
    }
  }
}

/// The three things in one description of a call that each show the recording state.
///
/// One witness alone has been wrong in products of this field; three that agree are evidence.
package struct Witnesses: Equatable, Sendable {
  /// The first witness, what the platform says outright.
  package let recordingState: RecordingState?
  /// The second witness, what the switch attached to the call.
  package let gsipRecord: String?
  /// The recording capabilities only.
  package let capabilities: Set<Capability>

  /// Takes what one description of a call shows; of the capabilities only the recording ones.
  package init(
    recordingState: RecordingState?, gsipRecord: String?, capabilities: Set<Capability>
  ) {
    self.recordingState = recordingState
    self.gsipRecord = gsipRecord
    self.capabilities = capabilities.filter(\.isRecording)
  }

  /// Reads back what ``write(to:)`` wrote.
  package init(record: JSONValue) throws(MemberError) {
    let reader = try MemberReader(record, path: "witnesses")
    let names = try reader.elements("capabilities").compactMap(\.string)
    self.init(
      recordingState: try reader.text("recordingState").map(RecordingState.init),
      gsipRecord: try reader.text("gsipRecord"),
      capabilities: Set(names.map(Capability.init(rawValue:))))
  }

  /// What they say together.
  package var verdict: Verdict {
    var statements: [Statement] = []
    if let recordingState { statements.append(.state(recordingState)) }
    if let gsipRecord { statements.append(Self.statement(gsipRecord: gsipRecord)) }
    let capable = Self.statement(capabilities: capabilities)
    if capable == .inconsistent { return .disagree }
    if capable == .running, statements.contains(.state(.stopped)) { return .disagree }
    if case .state = capable { statements.append(capable) }
    guard statements.count > 1 else { return .notEnough }
    guard statements.allSatisfy({ $0 == statements[0] }) else { return .disagree }
    guard recordingState != nil, case .state(let state) = statements[0] else { return .notEnough }
    return .agree(state)
  }

  /// Writes `{"recordingState","gsipRecord","capabilities":[...],"verdict"}`; absent ones left out.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("recordingState", recordingState?.rawValue)
      writer.member("gsipRecord", gsipRecord)
      writer.member("capabilities", capabilities.map(\.rawValue).sorted())
      writer.member("verdict", verdict.name)
    }
  }

  private enum Statement: Equatable {
    case silent
    case state(RecordingState)
    /// A recording is on or paused: fits either, shows neither, excludes stopped.
    case running
    /// A word that no table has.
    case unknown
    /// Capabilities that no state has together.
    case inconsistent
  }

  private static func statement(gsipRecord: String) -> Statement {
    switch gsipRecord {
    case "ON": .state(.recording)
    case "PAUSED": .state(.paused)
    case "OFF": .state(.stopped)
    default: .unknown
    }
  }

  /// Stop alone is what an agent without the pause feature sees while a recording runs.
  private static func statement(capabilities: Set<Capability>) -> Statement {
    switch capabilities {
    case []: .silent
    case [.startRecording]: .state(.stopped)
    case [.pauseRecording, .stopRecording], [.pauseRecording]: .state(.recording)
    case [.resumeRecording, .stopRecording], [.resumeRecording]: .state(.paused)
    case [.stopRecording]: .running
    default: .inconsistent
    }
  }
}
