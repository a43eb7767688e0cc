import Bridge
import Loop
import Reactor

/// A program that is run with each newest checkpoint on its standard input.
///
/// It gets nothing of the daemon's environment, in which secrets may stand, and no shell looks at
/// its words.
final class CommandAnchor: AnchorReceiver {
  let kind = "command"
  /// A process each: what is signed more often than this is in the next one.
  let pause = Duration.seconds(1)
  let takesTheLast = true

  /// Enough for a copy over a slow line; then it is killed, with what it has begun.
  private static let timeMax = Duration.seconds(10)
  /// What a service has without a setting of its own (systemd.exec(5)).
  private static let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"

  private let name: String
  private let words: [String]
  private let loop: EventLoop
  private let logger: Logger
  private var program: LoopProgram?
  private var isClosed = false

  init(_ name: String, _ words: [String], loop: EventLoop, logger: Logger) {
    self.name = name
    self.words = words
    self.loop = loop
    self.logger = logger
  }

  func deliver(
    _ checkpoint: SignedCheckpoint, completion: @escaping (DeliveryFailure?) -> Void
  ) {
    let run = ProgramRun(
      path: words[0], arguments: Array(words.dropFirst()),
      environment: [Self.path, "RECBRIDGE_ANCHOR=\(name)"], input: Array(checkpoint.note.utf8),
      timeMax: Self.timeMax)
    do throws(ReactorError) {
      program = try loop.begin(run) { [weak self] end in
        self?.program = nil
        self?.ended(end, completion)
      }
    } catch {
      let failure = DeliveryFailure(reason: error.description)
      loop.runOffLoop({}) { [weak self] in
        if self?.isClosed == false { completion(failure) }
      }
    }
  }

  private func ended(_ end: ProgramEnd, _ completion: (DeliveryFailure?) -> Void) {
    let said = String(decoding: end.errorText, as: UTF8.self)
    let how =
      switch end.way {
      case .exited(let status): "ended with status \(status)"
      case .signalled(let number): "was ended by signal \(number)"
      case .overdue: "was killed after \(Self.timeMax)"
      }
    guard end.way == .exited(0) else {
      let reason = "\(words[0]) \(how)" + (said.isEmpty ? "" : ": \(said)")
      return completion(DeliveryFailure(reason: reason))
    }
    if !said.isEmpty {
      logger.log(.info, "anchor-said", [("anchor", name), ("text", said)])
    }
    completion(nil)
  }

  func close() {
    isClosed = true
    program?.cancel()
    program = nil
  }
}
