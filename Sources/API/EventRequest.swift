import HTTPServer

/// What a request for events asks for.
struct EventRequest: Equatable {
  enum Form: Equatable {
    /// One JSON object a line (application/x-ndjson).
    case lines
    /// Server-Sent Events (text/event-stream, the HTML standard, section 9.2).
    case serverSent
  }

  enum Extent: Equatable {
    /// Ends after `limit` events, or at the latest one; waits so long for a first one.
    case finite(limit: Int, wait: Duration)
    case endless
  }

  var place: Place
  var selection: EventSelection
  var form: Form
  var extent: Extent

  /// A reader that does not say where to begin gets what is there (`earliest`) from a finite answer
  /// and what comes (`latest`) from a stream. `Last-Event-ID` goes before `after`, because a client
  /// that reconnects repeats its first URL. Accepting text/event-stream asks for a stream.
  init(_ request: ServerRequest) throws(Problem) {
    let parameters = try Parameters(
      request, allowed: ["after", "type", "call", "agent", "limit", "wait", "stream"])
    form = Self.acceptsServerSent(request) ? .serverSent : .lines
    let isStream = try parameters.flag("stream") || form == .serverSent
    let limit = try parameters.number("limit", in: 1...APILimits.eventsMax)
    let hasWait = try parameters.one("wait") != nil
    guard !isStream || (limit == nil && !hasWait) else {
      throw .badRequest("A stream does not end: limit and wait belong to a finite answer.")
    }
    extent =
      isStream
      ? .endless
      : .finite(limit: limit ?? APILimits.eventsDefault, wait: try parameters.wait())
    let last = form == .serverSent ? request.header("Last-Event-ID") : nil
    let after = try parameters.one("after")
    if let text = last ?? after {
      place = try Place(parsing: text)
    } else {
      place = isStream ? .latest : .earliest
    }
    let types = parameters.all("type")
    guard types.count <= APILimits.typesMax else {
      throw .badRequest("type may be given \(APILimits.typesMax) times.")
    }
    selection = EventSelection(
      types: types, call: try parameters.one("call"), agent: try parameters.one("agent"))
  }

  /// Whether one of the accepted media types is text/event-stream; parameters are not weighed.
  private static func acceptsServerSent(_ request: ServerRequest) -> Bool {
    guard let accept = request.header("Accept") else { return false }
    return accept.split(separator: ",").contains { part in
      let type = part.split(separator: ";").first ?? ""
      return type.filter { $0 != " " && $0 != "\t" }.lowercased() == "text/event-stream"
    }
  }
}
