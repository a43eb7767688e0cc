import Calls
import JSON

/// A call that has not ended, as last seen.
struct LiveCall: Equatable, Sendable {
  /// Without its raw bytes.
  let call: Call
  /// The recording state last told: a notification that says nothing of it leaves it as it was.
  let recordingState: RecordingState?
  /// The event that last told of the call.
  let event: Int64
  /// The agent's count of notifications when one last told of it; 0 for what an earlier process
  /// left.
  let observed: UInt64
  /// By the monotonic clock, when the snapshot or look that last told of it was asked for; nil if
  /// that was a notification, or an earlier process.
  let askedAt: Duration?
  /// The stop that was confirmed last, until something explains or ends its effect.
  var stop: ConfirmedStop?
  /// False since a gap that no snapshot closed: what was seen before it may be out of date.
  var isExact = true

  init(
    call: Call, recordingState: RecordingState?, event: Int64, observed: UInt64,
    askedAt: Duration? = nil, stop: ConfirmedStop? = nil
  ) {
    self.call = call
    self.recordingState = recordingState
    self.event = event
    self.observed = observed
    self.askedAt = askedAt
    self.stop = stop
  }

  /// Whether what is known may be newer than what an answer to this question shows.
  func isNewer(than mark: Bridge.SnapshotMark) -> Bool {
    observed > mark.observations || askedAt.map { $0 > mark.askedAt } ?? false
  }

  /// Whether `stored` need not be replaced: a restart needs no more than these to go on.
  func isStored(as stored: LiveCall) -> Bool {
    call.state == stored.call.state && recordingState == stored.recordingState
      && call.witnesses == stored.call.witnesses
      && call.recordingFile == stored.call.recordingFile && stop == stored.stop
  }

  /// What the store keeps.
  var record: [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.name("call")
        call.write(to: &writer)
        writer.member("recordingState", recordingState?.rawValue)
        writer.member("event", event)
        if let stop { writer.member("stop", object: stop.write) }
      }
    }
  }

  /// Reads back what ``record`` wrote.
  init(record: JSONValue) throws(MemberError) {
    guard let call = record["call"], let event = record["event"]?.integer else {
      throw MemberError("call", .missing(expected: "a stored call with its event"))
    }
    self.init(
      call: try Call(record: call),
      recordingState: record["recordingState"]?.string.map(RecordingState.init),
      event: event, observed: 0, stop: record["stop"].flatMap(ConfirmedStop.init(record:)))
  }
}
