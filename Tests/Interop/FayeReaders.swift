import Loop
import Reactor

/// Reads a little, stops reading for a while, then reads everything.
final class PausingReader {
  /// Far longer than the sockets' buffers last, and shorter than a reader may stall.
  private static let pause: Duration = .seconds(10)
  /// Many times what the sockets' buffers hold.
  static let othersLinesMin = 1_000

  let stream: EventStream
  /// What another reader was given during the pause; zero before the end of it.
  private(set) var othersLinesMeanwhile = 0
  private let loop: EventLoop
  private var timer: (any ReactorTimer)?
  private var countAtPause = 0
  private var isPauseOver = false

  init(_ stream: EventStream, loop: EventLoop) {
    self.stream = stream
    self.loop = loop
  }

  deinit { timer?.cancel() }

  /// To be called between the turns of the loop, with the number of lines that another reader has.
  func step(steadyCount: Int) {
    let lines = steadyCount - countAtPause
    // On a slow machine the pause lasts until the others have been given enough.
    if isPauseOver, othersLinesMeanwhile == 0, lines > Self.othersLinesMin {
      othersLinesMeanwhile = lines
      stream.resume()
    }
    guard timer == nil, stream.lines.count > 100 else { return }
    countAtPause = steadyCount
    stream.pause()
    let timer = loop.makeTimer { [unowned self] in isPauseOver = true }
    timer.start(after: Self.pause)
    self.timer = timer
  }
}

/// Disconnects again and again and goes on from its cursor: by turns as lines and as SSE.
final class HoppingReader {
  /// So that there are several in any test that is worth it.
  private static let linesPerHop = 2_500

  private(set) var hops = 0
  private var earlier: [String] = []
  private var stream: EventStream
  private let bridge: RunningBridge

  init(_ bridge: RunningBridge) throws {
    self.bridge = bridge
    stream = try bridge.stream("/v1/events?stream=1&after=earliest")
  }

  var lines: [String] { earlier + stream.lines }
  var last: String? { stream.lines.last ?? earlier.last }

  /// To be called between the turns of the loop.
  func step() throws {
    guard stream.lines.count >= Self.linesPerHop, let cursor = stream.cursor else { return }
    earlier += stream.lines
    stream.close()
    hops += 1
    // An SSE client repeats its first URL, whose `after` must not count then.
    stream =
      try hops % 2 == 1
      ? bridge.stream(
        "/v1/events?stream=1&after=earliest", form: .serverSent, lastEvent: cursor)
      : bridge.stream("/v1/events?stream=1&after=\(cursor)")
  }
}
