import HTTPServer
import Reactor

/// One request that is held until its command is final, or its time has passed.
final class CommandWaiter {
  private let id: String
  private var responder: Responder?
  private var timer: (any ReactorTimer)?
  private var onEnd: (() -> Void)?

  init(_ id: String, _ responder: Responder) {
    self.id = id
    self.responder = responder
  }

  /// `onEnd` is called once, when the request has been answered or its client has left.
  func start(
    _ wait: Duration, _ reactor: any Reactor, _ backend: any Backend, onEnd: @escaping () -> Void
  ) {
    self.onEnd = onEnd
    responder?.onDisconnect { [weak self] in self?.end() }
    timer = reactor.makeTimer { [weak self, unowned backend] in
      self?.answer(within: backend)
    }
    timer?.start(after: wait)
  }

  /// The command has moved: answers if that was its end.
  func look(within backend: any Backend) {
    let command = try? API.look(id, backend)
    if command?.isFinal ?? true { answer(within: backend) }
  }

  private func answer(within backend: any Backend) {
    let answer: ServerResponse
    do throws(Problem) {
      guard let command = try API.look(id, backend) else {
        throw .notFound("There is no command \(id) any more.")
      }
      answer = .json(200, command.json)
    } catch {
      answer = error.response
    }
    let responder = responder
    end()
    responder?.respond(answer)
  }

  private func end() {
    timer?.cancel()
    timer = nil
    responder = nil
    let handler = onEnd
    onEnd = nil
    handler?()
  }
}
