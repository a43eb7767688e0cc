import HTTPServer
import JSON

/// Groups: cursors that the daemon keeps for readers who acknowledge.
extension API {
  func groups(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    _ = try Parameters(request, allowed: [])
    let views: [GroupView]
    do {
      views = try backend.groups()
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
    let document = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("groups", array: { list in for view in views { write(view, to: &list) } })
      }
    }
    responder.respond(.json(200, document))
  }

  func group(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    _ = try Parameters(request, allowed: [])
    let name = request.target.segments[2]
    switch request.method {
    case "PUT": try place(name, request, responder)
    case "DELETE":
      guard access.mayUseGroups(request.peer) else { throw .noGroups }
      try refuseFeed(try known(name), "It is removed with the feed, from the configuration.")
      change(.remove(name: name), request, responder)
    default: responder.respond(.json(200, document(try known(name))))
    }
  }

  private func place(
    _ name: String, _ request: ServerRequest, _ responder: Responder
  ) throws(Problem) {
    guard access.mayUseGroups(request.peer) else { throw .noGroups }
    let text = try JSONValue.onlyWord("at", of: request.body)
    let sequence = try Place(parsing: text, "at").sequence(in: backend)
    // A feed's name has a colon, so that nobody can make its group before it does.
    guard try look(name) != nil || Self.isName(name) else {
      throw .badRequest(
        "A group's name has 1 to \(APILimits.groupNameSizeMaxBytes) letters, digits, dots, hyphens "
          + "and underscores.")
    }
    switch request.header("If-None-Match") {
    case nil: change(.place(name: name, at: sequence), request, responder)
    case "*": change(.create(name: name, at: sequence), request, responder)
    default: throw .badRequest("The only If-None-Match understood is *: make it if it is new.")
    }
  }

  func acknowledgeEvents(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard access.mayUseGroups(request.peer) else { throw .noGroups }
    _ = try Parameters(request, allowed: [])
    let group = try known(request.target.segments[2])
    try refuseFeed(group, "The feed acknowledges what it has delivered.")
    let text = try JSONValue.onlyWord("cursor", of: request.body)
    guard let cursor = Cursor(text) else {
      throw .badRequest("cursor is a cursor (STORE.NUMBER), the id of an event.")
    }
    let sequence = try Place.after(cursor).sequence(in: backend)
    guard sequence <= group.sequence || lines.haveRead(group, through: sequence) else {
      throw Problem(
        status: 409, title: "Group was placed",
        detail: "The group \(group.name) was put at \(place(in: group).text), and nobody has read "
          + "so far since; read it from there.")
    }
    change(
      .acknowledge(name: group.name, through: sequence, placement: group.placement), request,
      responder)
  }

  private func change(
    _ change: GroupChange, _ request: ServerRequest, _ responder: Responder
  ) {
    backend.change(change, by: request.peer) { [weak self] reply in
      guard let self else { return }
      switch reply {
      case .done(let group, let isNew):
        // Whoever reads it reads from a place that counts no more, and may come again.
        if case .acknowledge = change {} else { dismiss(group.name) }
        if case .remove = change { lines.forget(group.name) }
        let place = ServerHeader("Location", "/v1/groups/\(group.name)")
        responder.respond(.json(isNew ? 201 : 200, document(group), isNew ? [place] : []))
      case .refused(let status, let title, let detail):
        responder.respond(Problem(status: status, title: title, detail: detail).response)
      case .unavailable(let detail): responder.respond(Problem.storeUnavailable(detail).response)
      }
    }
  }

  // MARK: Reading

  func groupEvents(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard access.mayUseGroups(request.peer) else { throw .noGroups }
    let group = try known(request.target.segments[2])
    try refuseFeed(group, "Read /v1/events, which takes nothing from anybody.")
    if let problem = backend.storeProblem { throw .storeUnavailable(problem) }
    let start = try place(of: group).sequence(in: backend)
    let wanted = try EventRequest(request, ofGroupAt: place(of: group))
    guard request.method == "GET" else {
      return responder.respond(ServerResponse(status: 200))
    }
    let reader = EventReader(wanted, after: start, backend: backend, pages: pages)
    try reader.look()
    reader.read(at: group.placement)
    let isFirst = lines.join(reader, group.name)
    if !isFirst { reader.standInLine() }
    let standing = ServerHeader("Recbridge-Group", isFirst ? "active" : "waiting")
    follow(reader, on: responder, headers: [standing]) { [weak self, weak reader] in
      guard let self, let reader else { return }
      if let next = lines.leave(reader, group.name) { promote(next, group.name) }
    }
  }

  /// The one before has left: the next goes on from what is acknowledged.
  private func promote(_ reader: EventReader, _ name: String) {
    guard let group = try? look(name) else { return reader.dismiss() }
    reader.begin(after: group.sequence, at: group.placement)
  }

  private func dismiss(_ name: String) {
    for reader in lines.members(name) { reader.dismiss() }
  }

  private func place(in group: GroupView) -> Cursor {
    Cursor(store: backend.storeIdentity, sequence: group.sequence)
  }

  private func place(of group: GroupView) -> Place { .after(place(in: group)) }

  // MARK: Looking

  private func look(_ name: String) throws(Problem) -> GroupView? {
    do {
      return try backend.group(name)
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
  }

  private func known(_ name: String) throws(Problem) -> GroupView {
    guard let group = try look(name) else {
      throw .notFound(
        "There is no group \(name); PUT makes one, recbridge groups (GET /v1/groups) lists them.")
    }
    return group
  }

  private func refuseFeed(_ group: GroupView, _ advice: String) throws(Problem) {
    guard group.isFeed else { return }
    throw Problem(
      status: 409, title: "Group of a feed",
      detail: "The group \(group.name) belongs to a feed of the configuration. \(advice)")
  }

  private static func isName(_ name: String) -> Bool {
    (1...APILimits.groupNameSizeMaxBytes).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  private func document(_ group: GroupView) -> [UInt8] {
    JSONWriter.write { write(group, to: &$0) }
  }

  private func write(_ group: GroupView, to writer: inout JSONWriter) {
    let members = lines.members(group.name)
    writer.object { writer in
      writer.member("name", group.name)
      writer.member("cursor", place(in: group).text)
      writer.member("lag", max(0, backend.latestSequence - group.sequence))
      writer.member("active", group.isFeed || !members.isEmpty)
      writer.member("waiting", max(0, members.count - 1))
      writer.member("moved", group.moved)
      if group.isFeed { writer.member("feed", true) }
      writer.member("problem", group.problem)
    }
  }
}
