package import JSON

/// A call as the platform described it once, whichever of its many spellings it used.
///
/// Members that carry evidence (`id`, `state`, `recordingState`, `capabilities`, `userData` and its
/// `GSIP_RECORD`) must have their type, or the call is not readable and says so. Members that only
/// describe are left out when they are of an unexpected type: the raw bytes still have them, and a
/// recording must not go unwitnessed because of an odd phone number.
package struct Call: Equatable, Sendable {
  /// Opaque; the `callUuid` on newer platforms, the `connId` before 8.5.2. Used as it is in URLs.
  package let id: String
  /// Nil when the platform leaves it out, as some demonstrations of it do.
  package let state: CallState?
  /// The switch's own name for the call, which lasts over transfers and names its recordings.
  package let callUuid: String?
  /// Sixteen hexadecimal digits; absent before 8.5.2, where the id is the connection id.
  package let connId: String?
  /// `Internal`, `Inbound`, `Outbound`, `Consult` or a word we do not know.
  package let callType: String?
  /// What may be done with the call now; empty when the platform lists nothing.
  package let capabilities: Set<Capability>
  /// The others on the call, in the platform's order.
  package let participants: [Participant]
  /// The calling number; newer platforms leave it out of internal calls.
  package let ani: String?
  /// The number that was called.
  package let dnis: String?
  /// An object, or Workspace v3's list of key, type and value. Nil in a stored or compacted call.
  package private(set) var userData: JSONValue?
  /// How long the call had lasted; the platform writes a string or an integer.
  package let durationSeconds: Int64?
  /// `On` or `Off`.
  package let mute: String?
  /// The first witness. Nil is not `stopped`.
  package let recordingState: RecordingState?
  /// `GSIP_RECORD`, the switch's own word: `ON`, `OFF` or `PAUSED`.
  package let gsipRecord: String?
  /// `GSIP_REC_FN`, the base name of the recording file. Contains phone numbers. It stays, stale,
  /// after a stop; a further start on the same call brings a new one.
  package let recordingFile: String?
  /// Of a consult call: the call that it was made from.
  package let parentCallURI: String?
  /// Workspace v3's way to say the same: the id of the other call.
  package let parentConnId: String?
  /// Workspace v3 only: the id that this call had until now, as after a transfer.
  package let previousConnId: String?
  /// May name an internal host: never dereference it, rebuild it from the base and the id.
  package let uri: String?
  /// Always with a leading slash; the platform sometimes leaves it out.
  package let path: String?
  /// What was read. Nil in a stored or compacted call.
  package private(set) var raw: JSONValue?

  /// Whether the leg is over, which ends every recording made on it.
  package var isEnded: Bool { state?.isEnded ?? false }

  /// What this description shows of the recording.
  package var witnesses: Witnesses {
    Witnesses(recordingState: recordingState, gsipRecord: gsipRecord, capabilities: capabilities)
  }

  /// The same call without its raw bytes, which would keep the whole batch they came in alive.
  package var compacted: Call {
    var call = self
    call.raw = nil
    call.userData = nil
    return call
  }

  /// Reads a call object of a notification or a snapshot. `path` is what an error calls it.
  package init(_ value: JSONValue, path: String = "call") throws(MemberError) {
    let reader = try MemberReader(value, path: path)
    let userData = try UserData(reader)
    id = try reader.requiredText("id")
    state = try reader.text("state").map(CallState.init)
    callUuid = reader.lenientText("callUuid")
    connId = reader.lenientText("connId")
    callType = reader.lenientText("callType")
    capabilities = try Self.capabilities(of: reader)
    participants = Participant.list(of: reader)
    ani = reader.lenientText("ani")
    dnis = reader.lenientText("dnis")
    self.userData = userData.value
    durationSeconds = reader.lenientText("duration").flatMap { Int64($0) }
    mute = reader.lenientText("mute")
    recordingState = try reader.text("recordingState").map(RecordingState.init)
    gsipRecord = try userData.evidence("GSIP_RECORD")
    recordingFile = userData.text("GSIP_REC_FN")
    parentCallURI = reader.lenientText("parentCallUri")
    parentConnId = reader.lenientText("parentConnId")
    previousConnId = reader.lenientText("previousConnId")
    uri = reader.lenientText("uri")
    self.path = reader.lenientText("path").map { $0.hasPrefix("/") ? $0 : "/" + $0 }
    raw = value
  }

  /// Reads back what ``write(to:)`` wrote; `raw`, `userData`, `mute`, the URIs and other
  /// calls' ids are not in it.
  package init(record: JSONValue) throws(MemberError) {
    let reader = try MemberReader(record, path: "call")
    id = try reader.requiredText("id")
    state = try reader.text("state").map(CallState.init)
    callUuid = try reader.text("callUuid")
    connId = try reader.text("connId")
    callType = try reader.text("callType")
    capabilities = try Self.capabilities(of: reader)
    participants = Participant.list(of: reader)
    ani = try reader.text("ani")
    dnis = try reader.text("dnis")
    durationSeconds = try reader.integer("durationSeconds")
    recordingState = try reader.text("recordingState").map(RecordingState.init)
    gsipRecord = try reader.text("gsipRecord")
    recordingFile = try reader.text("recordingFile")
    mute = nil
    parentCallURI = nil
    parentConnId = nil
    previousConnId = nil
    uri = nil
    path = nil
  }

  /// Writes the normalised call as one object: the same members whatever the platform's spelling,
  /// absent ones left out, capabilities sorted.
  package func write(to writer: inout JSONWriter) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("state", state?.rawValue)
      writer.member("callUuid", callUuid)
      writer.member("connId", connId)
      writer.member("callType", callType)
      writer.member("ani", ani)
      writer.member("dnis", dnis)
      writer.member(
        "participants",
        array: { writer in
          for participant in participants { participant.write(to: &writer) }
        })
      writer.member("capabilities", capabilities.map(\.rawValue).sorted())
      if let durationSeconds { writer.member("durationSeconds", durationSeconds) }
      writer.member("recordingState", recordingState?.rawValue)
      writer.member("gsipRecord", gsipRecord)
      writer.member("recordingFile", recordingFile)
    }
  }

  /// A set: some platforms repeat capabilities, and none keeps an order.
  private static func capabilities(
    of reader: MemberReader
  ) throws(MemberError) -> Set<Capability> {
    let elements = try reader.elements("capabilities")
    var capabilities = Set<Capability>(minimumCapacity: elements.count)
    for (index, element) in elements.enumerated() {
      guard let name = element.string else {
        throw reader.wrongType("capabilities[\(index)]", "a string", element)
      }
      capabilities.insert(Capability(rawValue: name))
    }
    return capabilities
  }
}
