package import Calls
package import JSON

extension Command {
  /// Writes the members that are `data` of `recbridge.command.v1` into the object that is open.
  package func write(to writer: inout JSONWriter) {
    writer.member("command", id)
    writer.member("key", key)
    writer.member("agent", agent)
    writer.member("call", call)
    writer.member("operation", operation.rawValue)
    if !parameters.isEmpty {
      writer.member(
        "parameters",
        object: { writer in
          for (name, value) in parameters.sorted(by: { $0.key < $1.key }) {
            writer.member(name, value)
          }
        })
    }
    writer.member("mode", mode.rawValue)
    writer.member("status", status.rawValue)
    writer.member("grade", grade?.rawValue)
    writer.member("previously", previously?.rawValue)
    writer.member("evidence", object: evidence.write)
    writer.member("issuedAt", Timestamp.text(issuedAt))
    writer.member("finalAt", finalAt.map(Timestamp.text))
    if let latency {
      writer.name("latencyMs")
      writer.value(thousandths: latency.wholeMicroseconds)
    }
    writer.member("attempts", attempts)
    if let supersededBy {
      writer.member(
        "supersededBy",
        object: { writer in
          writer.member("command", supersededBy.id)
          writer.member("operation", supersededBy.operation.rawValue)
        })
    }
    writer.member("origin", object: origin.write)
    if let acknowledgement { writer.member("acknowledgement", object: acknowledgement.write) }
    writer.member("advice", advice)
    guard !causes.isEmpty else { return }
    writer.member(
      "causes",
      array: { writer in for cause in causes { writer.object(cause.write) } })
  }

  /// Reads back exactly what ``write(to:)`` wrote; members it does not know are passed over.
  package init(record: JSONValue) throws(MemberError) {
    let reader = try MemberReader(record, path: "command")
    id = try reader.requiredText("command")
    key = try reader.text("key")
    agent = try reader.requiredText("agent")
    call = try reader.requiredText("call")
    operation = try reader.required("operation", as: Operation.self)
    let given = reader["parameters"].map { $0.members.map { ($0.name, $0.value.string ?? "") } }
    parameters = Dictionary(given ?? [], uniquingKeysWith: { _, last in last })
    mode = try reader.required("mode", as: CommandMode.self)
    status = try reader.required("status", as: CommandStatus.self)
    grade = try reader.word("grade", as: Grade.self)
    previously = try reader.word("previously", as: Grade.self)
    guard let evidence = try reader.object("evidence") else {
      throw reader.missing("evidence", "an object")
    }
    self.evidence = try Evidence(evidence)
    guard let issuedAt = try reader.instant("issuedAt") else {
      throw reader.missing("issuedAt", "an RFC 3339 text")
    }
    self.issuedAt = issuedAt
    finalAt = try reader.instant("finalAt")
    // A record that somebody has edited may say any number.
    latency = reader["latencyMs"]?.double
      .flatMap { Int64(exactly: ($0 * 1000).rounded()) }.map { .microseconds($0) }
    attempts = Int(try reader.integer("attempts") ?? 0)
    supersededBy = try reader.object("supersededBy").map(Successor.init)
    origin = try reader.object("origin").map(Origin.init) ?? Origin()
    acknowledgement = try reader.object("acknowledgement").map(Acknowledgement.init)
    // A cause of a later version is passed over; its words stay in the record.
    causes =
      reader["causes"].map {
        $0.elements.compactMap { $0["cause"]?.string.flatMap(Cause.init) }
      } ?? []
    advice = try reader.text("advice")
    guard (status == .final) == (grade != nil) else {
      throw MemberError(
        "command.grade", .unknownValue(grade?.rawValue ?? "absent", expected: "one when final"))
    }
  }
}

extension Cause {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.member("cause", rawValue)
    writer.member("meaning", meaning)
    writer.member("remedy", remedy)
  }
}

extension Command.Successor {
  fileprivate init(_ reader: MemberReader) throws(MemberError) {
    id = try reader.requiredText("command")
    operation = try reader.required("operation", as: Operation.self)
  }
}

extension Evidence {
  fileprivate func write(to writer: inout JSONWriter) {
    writer.member("kind", kind.rawValue)
    if let event { writer.member("event", event) }
    writer.member("state", state?.rawValue)
    if let witnesses {
      writer.name("witnesses")
      witnesses.write(to: &writer)
    }
    writer.member("recordingFile", recordingFile)
    if let statusCode { writer.member("statusCode", statusCode) }
    if let httpStatus { writer.member("httpStatus", httpStatus) }
    writer.member("message", message)
    writer.member("lookFailure", lookFailure)
  }

  fileprivate init(_ reader: MemberReader) throws(MemberError) {
    kind = try reader.required("kind", as: Kind.self)
    event = try reader.integer("event")
    state = try reader.text("state").map(RecordingState.init)
    witnesses = try reader["witnesses"].map(Witnesses.init(record:))
    recordingFile = try reader.text("recordingFile")
    statusCode = try reader.integer("statusCode").map { Int($0) }
    httpStatus = try reader.integer("httpStatus").map { Int($0) }
    message = try reader.text("message")
    lookFailure = try reader.text("lookFailure")
  }
}

extension Acknowledgement {
  fileprivate init(_ reader: MemberReader) throws(MemberError) {
    guard let at = try reader.instant("at") else {
      throw reader.missing("at", "an RFC 3339 text")
    }
    self.init(
      by: try reader.object("by").map(Origin.init) ?? Origin(), at: at,
      why: try reader.requiredText("why"))
  }
}

extension Origin {
  /// Writes its members into the object that is open.
  package func write(to writer: inout JSONWriter) {
    if let uid { writer.member("uid", uid) }
    if let gid { writer.member("gid", gid) }
    writer.member("name", name)
  }

  fileprivate init(_ reader: MemberReader) throws(MemberError) {
    uid = try reader.integer("uid").flatMap { UInt32(exactly: $0) }
    gid = try reader.integer("gid").flatMap { UInt32(exactly: $0) }
    name = try reader.text("name")
  }
}

extension MemberReader {
  fileprivate func word<Word: RawRepresentable & CaseIterable>(
    _ name: String, as type: Word.Type
  ) throws(MemberError) -> Word? where Word.RawValue == String {
    guard let text = try text(name) else { return nil }
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw MemberError("\(path).\(name)", .unknownValue(text, expected: "one of \(known)"))
    }
    return word
  }

  fileprivate func required<Word: RawRepresentable & CaseIterable>(
    _ name: String, as type: Word.Type
  ) throws(MemberError) -> Word where Word.RawValue == String {
    guard let word = try word(name, as: type) else { throw missing(name, "a word") }
    return word
  }

  fileprivate func instant(_ name: String) throws(MemberError) -> Duration? {
    guard let text = try text(name) else { return nil }
    guard let instant = Timestamp.parse(text) else {
      throw MemberError(
        "\(path).\(name)",
        .unknownValue(text, expected: "an RFC 3339 text in UTC with microseconds"))
    }
    return instant
  }
}
