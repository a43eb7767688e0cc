import JSON

/// `tail`: follows the events.
enum TailCommand {
  static let subcommand = Subcommand(
    "tail", summary: "follow the events",
    options: [.socket, .after, .type, .call, .group, .json],
    details: """
      Goes on until it is ended. When the daemon restarts, it resumes after the last event it
      printed: nothing is lost, nothing comes twice. Times are UTC.

      With --group it reads as a member of that group and acknowledges each event once it is
      printed: the next member, or the same after any failure, goes on from there. --after then
      says where a group begins that is new; without it there must be one.
      """
  ) { arguments throws(UsageError) in
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      if let group = arguments.value(.group) {
        let tail = GroupTail(
          client: try APIClient(socket: socket), printer: EventPrinter(arguments.form),
          group: group, filters: filters(arguments))
        if let place = arguments.value(.after) { try tail.make(at: place) }
        try tail.follow()
      }
      var tail = Tail(
        client: try APIClient(socket: socket), printer: EventPrinter(arguments.form),
        filters: filters(arguments))
      try tail.begin(after: arguments.value(.after) ?? "latest")
      while true { try tail.followOn() }
    } catch {
      return error.report(socket: socket)
    }
  }

  private static func filters(_ arguments: Arguments) -> [(name: String, value: String)] {
    var filters: [(name: String, value: String)] = []
    if let type = arguments.value(.type) {
      filters.append((name: "type", value: type.contains(".") ? type : "recbridge.\(type).v1"))
    }
    if let call = arguments.value(.call) { filters.append((name: "call", value: call)) }
    return filters
  }
}

/// A reader that holds a cursor and asks again and again for what comes after it.
///
/// Finite requests that the daemon holds open, rather than one endless answer: every answer is
/// complete, and after any failure the cursor says where to go on.
private struct Tail {
  let client: APIClient
  let printer: EventPrinter
  let filters: [(name: String, value: String)]
  private var cursor = ""
  /// A daemon was there: from now on, one that is away is waited for.
  private var hasBegun = false
  private var isLost = false

  /// Half a minute: long enough to be idle, short enough for any proxy's patience.
  private static let waitSeconds = 30
  /// Between attempts while the daemon is away, and after an answer that came empty at once.
  private static let pause: Duration = .seconds(1)

  init(client: APIClient, printer: EventPrinter, filters: [(name: String, value: String)]) {
    self.client = client
    self.printer = printer
    self.filters = filters
  }

  /// `latest` becomes the cursor that it is now: asked for again and again, it would skip whatever
  /// happens between two requests.
  mutating func begin(after place: String) throws(APIError) {
    guard place == "latest" else {
      cursor = place
      return
    }
    guard let latest = try client.json(APIRequest(path: "/v1/calls"))["cursor"]?.string else {
      throw .notUnderstood("/v1/calls has no cursor")
    }
    cursor = latest
    hasBegun = true
  }

  /// Prints what comes next, or waits for the daemon to come back.
  mutating func followOn() throws(APIError) {
    let started = client.now
    do throws(APIError) {
      let lines = try client.send(request).split(separator: UInt8(ascii: "\n"))
      isLost = false
      for line in lines { try take(line) }
      if lines.isEmpty, client.now - started < Self.pause { client.pause(Self.pause) }
    } catch {
      guard hasBegun || error.isBroken, error.mayPass else { throw error }
      waitForDaemon()
    }
    hasBegun = true
  }

  private var request: APIRequest {
    let place = [
      (name: "after", value: cursor), (name: "wait", value: String(Self.waitSeconds)),
    ]
    return APIRequest(path: "/v1/events", query: place + filters, wait: .seconds(Self.waitSeconds))
  }

  private mutating func waitForDaemon() {
    if !isLost {
      Terminal.complain(
        "recbridge tail: the daemon is away; resuming after \(cursor) when it is back")
    }
    isLost = true
    client.pause(Self.pause)
  }

  private mutating func take(_ line: ArraySlice<UInt8>) throws(APIError) {
    let event: JSONValue
    do throws(JSONError) {
      event = try JSONValue.parse(Array(line))
    } catch {
      throw .notUnderstood("an event is \(error)")
    }
    guard event["type"]?.string != "recbridge.lagged.v1" else {
      // Not an event of the store: the daemon gave up on a reader that was too slow.
      cursor = event["data"]?["cursor"]?.string ?? cursor
      return
    }
    guard let id = event["id"]?.string else { throw .notUnderstood("an event has no id") }
    printer.say(event)
    cursor = id
  }
}
