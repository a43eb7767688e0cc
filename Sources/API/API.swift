package import HTTPServer
package import Reactor

/// The socket's routes: turns a request into a question to the daemon, and its answer into HTTP.
///
/// Give `handle` to an `HTTPServer`, and call `committed` after every commit. The contract is
/// `schemas/openapi.yaml`.
package final class API {
  unowned let backend: any Backend
  private let reactor: any Reactor
  let access: AccessPolicy
  let pages = PageCache()
  private var readers: [ObjectIdentifier: EventReader] = [:]
  var lines = GroupLines()
  /// By the command they wait for.
  private var waiters: [String: [ObjectIdentifier: CommandWaiter]] = [:]

  /// The backend owns the API and outlives it.
  package init(backend: any Backend, reactor: any Reactor, access: AccessPolicy) {
    self.backend = backend
    self.reactor = reactor
    self.access = access
  }

  /// Readers that are following or waiting, and requests that wait for a command.
  package var openCount: Int { readers.count + waiters.values.reduce(0) { $0 + $1.count } }

  /// Something has been committed, the moves of `commands` among it: whoever waits for it looks
  /// again.
  package func committed(commands: Set<String>) {
    pages.clear()
    for reader in readers.values { reader.wake() }
    for command in commands {
      for waiter in (waiters[command] ?? [:]).values { waiter.look(within: backend) }
    }
  }

  /// Answers one request, now or later.
  package func handle(_ request: ServerRequest, _ responder: Responder) {
    do throws(Problem) {
      try route(request, responder)
    } catch {
      responder.respond(error.response)
    }
  }

  private func route(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard let route = Route(request.target.segments) else {
      throw .notFound("There is nothing at \(request.path); GET /v1/schema lists what is.")
    }
    guard route.methods.contains(request.method) else {
      throw .methodNotAllowed(request.method, route.methods)
    }
    switch route {
    case .events: try events(request, responder)
    case .command: try command(request, responder)
    case .commands where request.method == "POST": try issue(request, responder)
    case .exceptions: try exceptions(request, responder)
    case .acknowledgement: try acknowledge(request, responder)
    case .checkpoint:
      _ = try Parameters(request, allowed: [])
      responder.respond(try checkpoint())
    case .proof:
      _ = try Parameters(request, allowed: [])
      responder.respond(try proof(request.target.segments[3]))
    case .erasures: try erase(request, responder)
    case .metrics:
      _ = try Parameters(request, allowed: [])
      responder.respond(try metrics())
    case .groups: try groups(request, responder)
    case .group: try group(request, responder)
    case .groupEvents: try groupEvents(request, responder)
    case .groupAcknowledgement: try acknowledgeEvents(request, responder)
    case .calls, .sessions, .commands, .anchors, .health, .readiness, .schema:
      _ = try Parameters(request, allowed: [])
      responder.respond(try document(route))
    }
  }

  private func document(_ route: Route) throws(Problem) -> ServerResponse {
    do {
      return try found(route)
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
  }

  private func found(_ route: Route) throws -> ServerResponse {
    switch route {
    case .calls: .json(200, try backend.calls())
    case .sessions: .json(200, backend.sessions())
    case .commands: .json(200, try backend.commands())
    case .anchors: .json(200, backend.anchors())
    case .health: state(backend.health())
    case .readiness: state(backend.readiness())
    case .schema, .events, .command, .exceptions, .acknowledgement, .checkpoint, .proof, .groups,
      .group, .groupEvents, .groupAcknowledgement, .erasures, .metrics:
      .json(200, Route.document)
    }
  }

  private func state(_ view: HealthView) -> ServerResponse {
    .json(view.isOK ? 200 : 503, view.json)
  }

  // MARK: Events

  private func events(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    let wanted = try EventRequest(request)
    if let problem = backend.storeProblem { throw .storeUnavailable(problem) }
    let start = try wanted.place.sequence(in: backend)
    guard request.method == "GET" else {
      return responder.respond(ServerResponse(status: 200))
    }
    let reader = EventReader(wanted, after: start, backend: backend, pages: pages)
    try reader.look()
    follow(reader, on: responder) {}
  }

  /// Lets the reader read; `onEnd` is called once when it reads no more.
  func follow(
    _ reader: EventReader, on responder: Responder, headers: [ServerHeader] = [],
    onEnd: @escaping () -> Void
  ) {
    let id = ObjectIdentifier(reader)
    readers[id] = reader
    reader.start(on: responder, reactor: reactor, headers: headers) { [weak self] in
      onEnd()
      self?.readers[id] = nil
    }
  }

  // MARK: Commands

  private func issue(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    guard access.mayCommand(request.peer) else { throw .forbidden }
    _ = try Parameters(request, allowed: [])
    let wanted = try CommandRequest(parsing: request.body, origin: request.peer)
    backend.issue(wanted) { reply in
      switch reply {
      case .issued(let id, let command): responder.respond(Self.issued(202, id, command))
      case .known(let id, let command): responder.respond(Self.issued(200, id, command))
      case .refused(let status, let title, let detail):
        responder.respond(Problem(status: status, title: title, detail: detail).response)
      case .unavailable(let detail): responder.respond(Problem.storeUnavailable(detail).response)
      }
    }
  }

  private static func issued(_ status: Int, _ id: String, _ command: CommandView) -> ServerResponse
  {
    .json(status, command.json, [ServerHeader("Location", "/v1/commands/\(id)")])
  }

  private func command(_ request: ServerRequest, _ responder: Responder) throws(Problem) {
    let wait = try Parameters(request, allowed: ["wait"]).wait()
    let id = request.target.segments[2]
    guard let command = try Self.look(id, backend) else {
      throw .notFound("There is no command \(id).")
    }
    guard wait > .zero, !command.isFinal else {
      return responder.respond(.json(200, command.json))
    }
    let waiter = CommandWaiter(id, responder)
    let key = ObjectIdentifier(waiter)
    waiters[id, default: [:]][key] = waiter
    waiter.start(wait, reactor, backend) { [weak self] in
      self?.waiters[id]?[key] = nil
      if self?.waiters[id]?.isEmpty ?? false { self?.waiters[id] = nil }
    }
  }

  static func look(_ id: String, _ backend: any Backend) throws(Problem) -> CommandView? {
    do {
      return try backend.command(id)
    } catch {
      throw .storeUnavailable(detail(error))
    }
  }

  static func detail(_ error: any Error) -> String {
    "This cannot be read now: \(error). GET /readyz says whether the whole store cannot."
  }
}
