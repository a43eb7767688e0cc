import HTTPServer
import JSON
import Reactor

/// One subscriber: a place in the store and the way from there to a connection. It holds no events;
/// it reads a page when the connection can take one.
final class EventReader: StreamSource {
  private let request: EventRequest
  private unowned let backend: any Backend
  private let pages: PageCache
  /// Everything up to here has been given out or did not match.
  private(set) var position: Int64
  /// Of the group that it reads, when it began to.
  private(set) var placement = 0
  /// What is left of the limit of a finite answer.
  private var remaining: Int
  private var hasGiven = false
  /// What `look` has read, for the first `next`.
  private var first: EventPage?
  private var waitTimer: (any ReactorTimer)?
  /// Kept until the end: the responder is how this reader wakes its connection.
  private var responder: Responder?
  private var onEnd: (() -> Void)?
  private var isEnding = false
  /// Somebody else reads the group that this one is a member of.
  private var isInLine = false

  init(_ request: EventRequest, after position: Int64, backend: any Backend, pages: PageCache) {
    self.request = request
    self.position = position
    self.backend = backend
    self.pages = pages
    if case .finite(let limit, _) = request.extent { remaining = limit } else { remaining = .max }
  }

  /// Reads the first page, so that an answer that cannot begin is refused while that can be said.
  func look() throws(Problem) {
    guard position < backend.latestSequence else { return }
    do {
      first = try nextPage()
    } catch {
      throw .storeUnavailable(API.detail(error))
    }
  }

  private func nextPage() throws -> EventPage {
    if let first {
      self.first = nil
      return first
    }
    return try pages.page(
      after: position, limit: min(APILimits.pageEvents, remaining), request.selection, backend)
  }

  /// Begins; `onEnd` is called once when nothing more will be read.
  func start(
    on responder: Responder, reactor: any Reactor, headers: [ServerHeader] = [],
    onEnd: @escaping () -> Void
  ) {
    self.onEnd = onEnd
    self.responder = responder
    if case .finite(_, let wait) = request.extent, wait > .zero {
      waitTimer = reactor.makeTimer { [weak self] in
        self?.waitTimer?.cancel()
        self?.waitTimer = nil
        self?.wake()
      }
      waitTimer?.start(after: wait)
    }
    let type = request.form == .lines ? "application/x-ndjson" : "text/event-stream"
    responder.onDisconnect { [weak self] in self?.end() }
    responder.stream(
      status: 200,
      headers: [ServerHeader("Content-Type", type), ServerHeader("Cache-Control", "no-store")]
        + headers,
      source: self)
  }

  /// There may be something new.
  func wake() { responder?.resume() }

  /// Gives nothing out until ``begin(after:)``.
  func standInLine() { isInLine = true }

  /// It reads a group, as that was put.
  func read(at placement: Int) { self.placement = placement }

  /// Its turn has come, from there on.
  func begin(after position: Int64, at placement: Int) {
    self.position = position
    self.placement = placement
    first = nil
    isInLine = false
    wake()
  }

  /// Ends the answer, as complete.
  func dismiss() {
    isEnding = true
    wake()
  }

  private func end() {
    waitTimer?.cancel()
    waitTimer = nil
    responder = nil
    let handler = onEnd
    onEnd = nil
    handler?()
  }

  func next(maxBytes: Int) -> StreamStep {
    if isEnding || remaining == 0 { return finished() }
    if isInLine { return atHead() }
    for _ in 0..<APILimits.pagesPerPull {
      // Retention has passed this reader: what it would get next is not what comes next.
      if position < backend.oldestSequence - 1 {
        isEnding = true
        return .bytes(lagged())
      }
      guard position < backend.latestSequence else { return atHead() }
      let page: EventPage
      do {
        page = try nextPage()
      } catch {
        // The answer's head is out: breaking off is the only way to say that it is not complete.
        end()
        return .cut
      }
      guard page.nextAfter > position else { return atHead() }
      position = page.nextAfter
      if !page.lines.isEmpty { return .bytes(text(of: page.lines)) }
    }
    wake()  // Not at the head yet; others come first.
    return .idle
  }

  private func atHead() -> StreamStep {
    guard case .finite = request.extent, hasGiven || waitTimer == nil else { return .idle }
    return finished()
  }

  private func finished() -> StreamStep {
    end()
    return .end
  }

  private func text(of lines: [EventLine]) -> [UInt8] {
    hasGiven = true
    if remaining != .max { remaining -= lines.count }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(lines.reduce(0) { $0 + $1.line.count + 96 })
    for line in lines {
      append(line.line, type: line.type, sequence: line.sequence, to: &bytes)
    }
    return bytes
  }

  private func append(
    _ line: [UInt8], type: String, sequence: Int64, to bytes: inout [UInt8]
  ) {
    if request.form == .serverSent {
      bytes += "id: \(backend.storeIdentity).\(sequence)\nevent: \(type)\ndata: ".utf8
      bytes += line
      bytes += "\n\n".utf8
    } else {
      bytes += line
      bytes.append(UInt8(ascii: "\n"))
    }
  }

  /// A blank line is no JSON and a line that begins with a colon is no field: both are skipped.
  var heartbeat: [UInt8] {
    switch request.form {
    case .lines: [UInt8(ascii: "\n")]
    case .serverSent: Array((isInLine ? ":waiting\n\n" : ":\n\n").utf8)
    }
  }

  func stalled() -> [UInt8] {
    isEnding = true
    end()
    return lagged()
  }

  /// Says where this reader is, as an event that is not of the store.
  private func lagged() -> [UInt8] {
    let type = "recbridge.lagged.v1"
    let cursor = Cursor(store: backend.storeIdentity, sequence: position).text
    let line = JSONWriter.write { writer in
      writer.object { writer in
        writer.member("specversion", "1.0")
        writer.member("id", "lagged.\(cursor)")
        writer.member("source", "/recbridge/socket")
        writer.member("type", type)
        writer.member("datacontenttype", "application/json")
        writer.member("data", object: { $0.member("cursor", cursor) })
      }
    }
    var bytes: [UInt8] = []
    append(line, type: type, sequence: position, to: &bytes)
    return bytes
  }
}
