import Calls
import Commands

/// The time in which a recording was not, or may not have been, as it had been asked to be: of a
/// Stop or Pause, in which it ran or may have run.
package struct Exposure: Sendable {
  /// What ended it.
  package enum End: Equatable, Sendable {
    /// The recording was seen in a state that leaves nothing to be done.
    case seen(Kept)
    case callEnded
    /// Another operation was asked for: what follows is wanted.
    case askedOtherwise(String)
  }

  package let from: Duration
  /// Its end; if nothing ended it, how far these entries tell of it.
  package let to: Duration
  /// Nil if no entry shows its end: it may go on.
  package let end: End?
  /// How much of it the recording was seen as it was not to be: from a sight to the next one.
  package let seen: Duration
  /// When it was seen so last.
  package let lastSeen: RecordedCall.Sight?
  /// The stretches in it of which no sight tells, in order; the last one may have no end.
  package let unknown: [(from: Duration, to: Duration?)]

  package var isStill: Bool { end == nil }
  package var length: Duration { to - from }

  /// How much of it nobody can say, as far as it is told of.
  package var unknownLength: Duration {
    unknown.reduce(.zero) { $0 + max(.zero, ($1.to ?? to) - $1.from) }
  }
}

extension Account {
  /// The exposure of a command that is not confirmed; nil for any other.
  package func exposure(of command: RecordedCommand) -> Exposure? {
    guard command.standing == .notConfirmed, let operation = Operation(rawValue: command.operation)
    else { return nil }
    // What was seen at the very moment took a confirmation back.
    let from = command.previously == nil ? command.issuedAt : command.finalAt ?? command.issuedAt
    let call = call(of: command)
    let sights = (call?.seen ?? []).filter { $0.time >= from }
    let end = end(of: command, operation, after: from, call, sights)
    let inside = sights.filter { sight in end.map { sight.time < $0.time } ?? true }
      .filter { !operation.isDone(in: $0.state) }
    let to = end?.time ?? max(command.lastTime, inside.last?.time ?? from, from)
    return Exposure(
      from: from, to: to, end: end?.end, seen: seen(inside, operation, upTo: end, to: to),
      lastSeen: inside.last, unknown: unknown(command, from, inside, end))
  }

  private typealias Ending = (time: Duration, end: Exposure.End)

  /// What came first.
  private func end(
    of command: RecordedCommand, _ operation: Operation, after from: Duration,
    _ call: RecordedCall?, _ sights: [RecordedCall.Sight]
  ) -> Ending? {
    var ends: [Ending] = []
    if let done = sights.first(where: { operation.isDone(in: $0.state) }) {
      ends.append((done.time, .seen(done.state)))
    }
    if let ended = call?.endedAt { ends.append((ended, .callEnded)) }
    let later = (call?.commands ?? []).map { commands[$0] }.drop { $0.id != command.id }.dropFirst()
    for other in later {
      if Operation(rawValue: other.operation).map(operation.isEnded) ?? false,
        other.grade != Grade.rejected.rawValue
      {
        ends.append((other.issuedAt, .askedOtherwise(other.operation)))
      }
      // It was so already, as whoever said so knew without a look.
      if other.grade == Grade.satisfied.rawValue, let time = other.finalAt, let state = other.state,
        operation.isDone(in: state)
      {
        ends.append((time, .seen(state)))
      }
    }
    return ends.filter { $0.time > from }.min { $0.time < $1.time }
  }

  /// From each sight to the next one.
  private func seen(
    _ inside: [RecordedCall.Sight], _ operation: Operation, upTo end: Ending?, to: Duration
  ) -> Duration {
    // What is paused is not recorded, though a Stop has not ended it.
    let counted = inside.map { !operation.isSafeDirection || $0.state == .text("Recording") }
    var times = inside.map(\.time)
    if let end, case .seen = end.end { times.append(end.time) }
    return zip(zip(times, times.dropFirst()), counted).reduce(.zero) { sum, stretch in
      stretch.1 ? sum + stretch.0.1 - stretch.0.0 : sum
    }
  }

  /// What came before the first sight, and what came behind the last one if no sight ended it. A
  /// notification that took a confirmation back holds until another one comes.
  private func unknown(
    _ command: RecordedCommand, _ from: Duration, _ inside: [RecordedCall.Sight], _ end: Ending?
  ) -> [(from: Duration, to: Duration?)] {
    guard let first = inside.first, let last = inside.last else { return [(from, end?.time)] }
    var unknown: [(from: Duration, to: Duration?)] = []
    if first.time > from { unknown.append((from, first.time)) }
    if case .seen = end?.end { return unknown }
    if command.grade == Grade.contradicted.rawValue, end == nil { return unknown }
    return unknown + [(last.time, end?.time)]
  }
}

extension Operation {
  fileprivate func isDone(in state: Kept) -> Bool {
    guard case .text(let word) = state else { return false }
    return isDone(in: RecordingState(rawValue: word))
  }
}
