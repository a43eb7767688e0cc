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
    let parameters = try Parameters(request, allowed: ["after"] + Self.common)
    let isServerSent = Self.acceptsServerSent(request)
    let last = isServerSent ? request.header("Last-Event-ID") : nil
    let after = try parameters.one("after")
    let otherwise = try Self.isStream(request, parameters) ? "latest" : "earliest"
    let place = try Place(parsing: last ?? after ?? otherwise, "after")
    try self.init(request, parameters, from: place)
  }

  /// From where a group is; a `Last-Event-ID` does not count against what was acknowledged.
  init(_ request: ServerRequest, ofGroupAt place: Place) throws(Problem) {
    try self.init(request, Parameters(request, allowed: Self.common), from: place)
  }

  private static let common = ["type", "call", "agent", "limit", "wait", "stream"]

  private init(
    _ request: ServerRequest, _ parameters: Parameters, from place: Place
  ) throws(Problem) {
    self.place = place
    form = Self.acceptsServerSent(request) ? .serverSent : .lines
    let isStream = try Self.isStream(request, parameters)
    let limit = try parameters.number("limit", in: 1...APILimits.eventsMax)
    let hasWait = try parameters.one("wait") != nil
    guard !isStream || (limit == nil && !hasWait) else {
      throw .badRequest("A stream does not end: limit and wait belong to a finite answer.")
    }
    extent =
      isStream
      ? .endless
      : .finite(limit: limit ?? APILimits.eventsDefault, wait: try parameters.wait())
    let types = parameters.all("type")
    guard types.count <= APILimits.typesMax else {
      throw .badRequest("type may be given \(APILimits.typesMax) times.")
    }
    selection = EventSelection(
      types: types, call: try parameters.one("call"), agent: try parameters.one("agent"))
  }

  private static func isStream(
    _ request: ServerRequest, _ parameters: Parameters
  ) throws(Problem) -> Bool {
    try parameters.flag("stream") || acceptsServerSent(request)
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
