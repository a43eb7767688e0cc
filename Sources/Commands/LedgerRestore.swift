/// What an earlier process left.
extension Ledger {
  /// Takes over what an earlier process left: its open commands in the order of issue, and the
  /// latest ended ones for their keys and for late contradictions.
  ///
  /// Nothing is sent for them again, ever: whether they took effect is for the next observation to
  /// show. A stop or pause whose record says that it was never given out is looked up, and sent if
  /// that shows that it is to be done, until the end of its own deadline.
  ///
  /// Each open one gets the whole deadline anew. Report ``Input/observationLost(agent:)`` for every
  /// agent whose session did not survive as well.
  ///
  /// - Parameters:
  ///   - observers: who has the call of a command now, by the command's id, where that is not the
  ///     agent that it was asked for.
  ///   - isNotified: whether notifications tell of effects; otherwise we ask for them.
  package mutating func restore(
    _ commands: [Command], observers: [String: String] = [:], isNotified: Bool = true,
    at now: Moment
  ) -> [Effect] {
    for command in commands {
      book.insert(
        command, observer: observers[command.id], issued: nil,
        deadline: now.monotonic + settings.deadline,
        leavesBy: timeToLeave(command, at: now).map { now.monotonic + $0 })
      book.change(command.id) { $0.isPolled = !isNotified }
    }
    let ended = commands.filter { !$0.isOpen }.sorted {
      ($0.finalAt ?? .zero) < ($1.finalAt ?? .zero)
    }
    for command in ended {
      let age = max(.zero, now.wall - (command.finalAt ?? .zero))
      book.end(command, at: now.monotonic - age)
    }
    for command in open {
      if book[command.id]?.leavesBy != nil {
        book.plan(.look(.afterRestart), for: command.id, at: now.monotonic)
      }
      rest(command.id, at: now)
    }
    return rearm()
  }

  /// What is left of the deadline of a command that never left an earlier process; nil for any
  /// other. That it never left is known because an attempt is counted, durably, before it is sent.
  /// The wall clock may have been stepped: what was issued in the future is not trusted.
  private func timeToLeave(_ command: Command, at now: Moment) -> Duration? {
    let age = now.wall - command.issuedAt
    guard command.isOpen, command.mode == .send, command.attempts == 0,
      command.operation.isSafeDirection, age >= .zero, age < settings.deadline
    else { return nil }
    return settings.deadline - age
  }
}
