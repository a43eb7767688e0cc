import HTTP
import JSON
import Loop
import Reactor

/// Lets the platform publish: a hundred numbered notifications a second on one call, one request
/// after the other so that their order is known; between them other calls change.
final class Publisher {
  /// 100 a second.
  static let pace = Duration.milliseconds(10)
  /// So many numbers lie between two changes of a recording, and between two calls.
  private static let changeEvery = 53
  /// A notification then has about 1.3 kB.
  private static let paddingBytes = 300
  /// So much is caught up after a pause of the machine or of the platform, at most.
  private static let behindMax = Duration.seconds(2)

  private let ground: Ground
  private let reader: EventReader
  private var timer: (any ReactorTimer)?
  /// When the next number is due.
  private var due = Duration.zero
  private var isAsking = false
  private var isSending = false
  private(set) var number = 0
  /// The call that carries the numbers, and one whose recording changes.
  private(set) var numbered = ""
  private var changing = ""
  private var changes = 0
  private var passing: String?
  /// Requests that were not answered well.
  private(set) var failures = 0

  init(_ ground: Ground, _ reader: EventReader) {
    self.ground = ground
    self.reader = reader
    timer = ground.loop.makeTimer { [unowned self] in tick() }
  }

  func close() {
    timer?.cancel()
    timer = nil
  }

  /// Makes the calls on a platform that has none.
  func makeCalls() throws {
    let padding = String(repeating: "p", count: Self.paddingBytes)
    numbered = try call("\"userData\":{\"padding\":\"\(padding)\"}")
    changing = try call("\"recording\":\"Recording\"")
    passing = nil
    reader.series[numbered] = 0
  }

  /// A new call; `members` are those of the switchboard.
  func call(_ members: String) throws -> String {
    let answer = try ground.switchboard("POST", "calls", "{\"agent\":\"agent1\",\(members)}")
    guard let id = answer["id"]?.string else { throw Failure(what: "a call without an id") }
    return id
  }

  /// Publishes from now on.
  func start() {
    reader.tally.beginWindow(with: number + 1, at: ground.loop.now.milliseconds)
    isSending = true
    due = ground.loop.now
    tick()
  }

  /// Publishes nothing more, and waits for what is under way.
  func stop() throws {
    isSending = false
    timer?.stop()
    try ground.wait(for: "the platform's answer") { !isAsking }
    reader.tally.endWindow(after: number, at: ground.loop.now.milliseconds)
  }

  /// Publishes one number outside of any window, and waits until the platform has answered.
  func publishOne() throws {
    askNumber()
    try ground.wait(for: "the platform's answer") { !isAsking }
  }

  private func tick() {
    timer?.start(after: Self.pace / 2)
    next()
  }

  private func next() {
    let now = ground.loop.now
    guard isSending, !isAsking, due <= now else { return }
    due = max(due, now - Self.behindMax) + Self.pace
    if number % Self.changeEvery == Self.changeEvery - 1 {
      askChange()
    } else {
      askNumber()
    }
  }

  private func askNumber() {
    number += 1
    let number = number
    reader.tally.ask(number, series: 0, at: ground.loop.wallClock.microseconds)
    ask("POST", "calls/\(numbered)/userdata", "{\"seq\":\(number)}") { [unowned self] answer in
      if answer != nil {
        reader.tally.answer(number, series: 0, at: ground.loop.wallClock.microseconds)
      }
      next()
    }
  }

  /// The recording changes, or a call comes or goes; then the number that was due.
  private func askChange() {
    changes += 1
    if changes.isMultiple(of: 2) {
      let state = changes.isMultiple(of: 4) ? "Recording" : "Paused"
      return ask("POST", "calls/\(changing)/recording", "{\"state\":\"\(state)\"}") {
        [unowned self] _ in askNumber()
      }
    }
    if let call = passing {
      passing = nil
      return ask("DELETE", "calls/\(call)", nil) { [unowned self] _ in askNumber() }
    }
    ask("POST", "calls", "{\"agent\":\"agent1\",\"state\":\"Ringing\"}") { [unowned self] answer in
      passing = answer?["id"]?.string
      askNumber()
    }
  }

  /// `then` gets what the platform answered; nil when it did not, or did not agree.
  private func ask(
    _ method: String, _ path: String, _ body: String?, then: @escaping (JSONValue?) -> Void
  ) {
    isAsking = true
    let request = HTTPRequest(
      method: method, url: "\(ground.platform)/sim/\(path)", body: body.map { Array($0.utf8) },
      timeout: .seconds(10))
    ground.http.send(request) { [unowned self] outcome in
      isAsking = false
      if case .response(let response) = outcome, response.status < 300 {
        return then((try? JSONValue.parse(response.body)))
      }
      failures += 1
      // Nobody is asked for what an unreachable platform did not publish.
      due = ground.loop.now + Self.pace
      then(nil)
    }
  }
}
