import Commands
import JSON

/// The account as one JSON object, as `schemas/report.schema.json` has it.
package struct JSONReport: Sendable {
  private let account: Account
  private let provenance: Provenance

  package init(_ account: Account, from provenance: Provenance) {
    self.account = account
    self.provenance = provenance
  }

  /// The bytes of the file: a line.
  package var bytes: [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("format", "recbridge.report.v1")
        writer.member("site", account.site?.shown)
        writer.member("from", time: account.scope.from)
        writer.member("to", time: account.scope.to)
        writer.member("call", account.scope.call)
        writer.member("madeAt", Timestamp.text(provenance.madeAt))
        writer.member("program", provenance.program)
        writer.member(
          "store",
          object: { writer in
            writer.member("path", provenance.storePath)
            writer.member("identity", provenance.storeIdentity)
          })
        writer.member("verification", object: provenance.verification.write)
        writer.member("entries", object: writeEntries)
        writer.member("daemon", object: writeAttendance)
        writer.member("summary", object: writeSummary)
        writer.member(
          "commands",
          array: { writer in
            for command in account.commands { write(command, to: &writer) }
          })
        writer.member(
          "calls",
          array: { writer in
            for call in account.calls { write(call, to: &writer) }
          })
        writer.member(
          "happenings",
          array: { writer in
            for happening in account.happenings { writer.object(happening.write) }
          })
        writer.member("notProved", Self.notProved)
      }
    } + [UInt8(ascii: "\n")]
  }

  private static let notProved =
    "what the audio holds: the entries say what the platform's control plane showed; and that the"
    + " audit is complete: that takes checkpoints that were kept elsewhere"

  private func writeEntries(to writer: inout JSONWriter) {
    writer.member("count", account.entryCount)
    writer.member("countOfAll", account.countOfAll)
    writer.member("pruned", account.prunedCount)
    if let first = account.firstEntry { writer.member("first", first) }
    if let last = account.lastEntry { writer.member("last", last) }
    writer.member("heartbeats", account.heartbeatCount)
    writer.member("unsynchronised", account.unsynchronisedCount)
    writer.member(
      "missing",
      array: { writer in
        for range in account.missing {
          writer.object { writer in
            writer.member("first", range.lowerBound)
            writer.member("last", range.upperBound)
          }
        }
      })
  }

  private func writeAttendance(to writer: inout JSONWriter) {
    let found = account.presence.attendance(in: account.scope, now: provenance.madeAt)
    writer.member("from", Timestamp.text(found.from))
    writer.member("to", Timestamp.text(found.to))
    for (name, stretches) in [
      ("absences", found.absences), ("deaths", found.deaths.map { (from: $0.run.to, to: $0.next) }),
    ] {
      writer.member(
        name,
        array: { writer in
          for stretch in stretches {
            writer.object { writer in
              writer.member("from", Timestamp.text(stretch.from))
              writer.member("to", Timestamp.text(stretch.to))
            }
          }
        })
    }
  }

  private func writeSummary(to writer: inout JSONWriter) {
    for (name, commands) in [
      ("stopsAndPauses", account.commands.filter(\.isSafe)),
      ("startsAndResumes", account.commands.filter { !$0.isSafe }),
    ] {
      writer.member(
        name,
        object: { writer in
          writer.member("all", commands.count)
          for standing in Standing.allCases {
            writer.member(standing.rawValue, commands.count { $0.standing == standing })
          }
        })
    }
    writer.member(
      "latencyMs",
      object: { writer in
        let latencies = account.latencies
        let values = [
          ("p50", latencies.percentile(50)), ("p95", latencies.percentile(95)),
          ("p99", latencies.percentile(99)), ("max", latencies.slowest),
        ]
        for case (let name, let value?) in values { writer.member(name, thousandths: value) }
      })
  }

  private func write(_ command: RecordedCommand, to writer: inout JSONWriter) {
    writer.object { writer in
      command.write(to: &writer)
      guard let exposure = account.exposure(of: command) else { return }
      writer.member("exposure", object: exposure.write)
    }
  }

  private func write(_ call: RecordedCall, to writer: inout JSONWriter) {
    let timeline = Timeline(of: call, in: account)
    writer.object { writer in
      writer.member("number", call.number)
      writer.member("call", call.call.shown)
      writer.member("agents", call.agents.map(\.shown))
      writer.member("recordingFiles", call.files.map(\.shown))
      writer.member("commands", call.commands.map { account.commands[$0].id })
      writer.member("endedAt", time: call.endedAt)
      writer.member(
        "timeline",
        array: { writer in
          for band in timeline.bands + timeline.covers {
            writer.object { writer in
              writer.member("is", band.meaning.name)
              writer.member("from", Timestamp.text(band.from))
              writer.member("to", Timestamp.text(band.to))
            }
          }
        })
    }
  }
}

extension Verification {
  func write(to writer: inout JSONWriter) {
    writer.member("verified", isVerified)
    writer.member("findings", findings)
    writer.member("findingsLeftOut", findingsLeftOut)
    writer.member("remarks", remarks)
    writer.member("size", size)
    writer.member("pruned", prunedCount)
    writer.member("signedSize", signedSize)
    writer.member("anchoredSize", anchoredSize)
    writer.member("keyGiven", isKeyGiven)
    writer.member("keys", keys.map(\.text))
    guard let checkpoint else { return }
    writer.member(
      "checkpoint",
      object: { writer in
        writer.member("size", checkpoint.size)
        writer.member("root", checkpoint.root)
        writer.member("signedAt", Timestamp.text(checkpoint.signedAt))
        writer.member("key", checkpoint.key?.text)
        writer.member("fingerprint", checkpoint.key?.fingerprint)
        writer.member("note", checkpoint.note)
      })
  }
}

extension RecordedCommand {
  func write(to writer: inout JSONWriter) {
    writer.member("command", id)
    writer.member("call", call?.shown)
    writer.member("agent", agent?.shown)
    writer.member("operation", operation)
    writer.member("standing", standing.rawValue)
    writer.member("grade", grade)
    writer.member("previously", previously)
    writer.member("supersededBy", successor?.id)
    writer.member("observedOnly", isObserved)
    writer.member("emergency", isEmergency)
    writer.member("askedBy", asker)
    writer.member("issuedAt", Timestamp.text(issuedAt))
    writer.member("finalAt", time: finalAt)
    writer.member(
      "steps",
      array: { writer in
        for step in steps {
          writer.object { writer in
            writer.member("status", step.status)
            writer.member("at", Timestamp.text(step.time))
          }
        }
      })
    writer.member("witness", witness)
    if let event { writer.member("event", event) }
    writer.member("state", state?.shown)
    writer.member("witnesses", witnesses)
    writer.member("recordingFile", file?.shown)
    if let statusCode { writer.member("statusCode", statusCode) }
    writer.member("message", message?.shown)
    writer.member("lookFailure", lookFailure?.shown)
    if let latency { writer.member("latencyMs", thousandths: latency) }
    writer.member("attempts", attempts)
    writer.member("entries", array: { writer in for entry in entries { writer.value(entry) } })
    writer.member(
      "causes",
      array: { writer in
        for cause in causes {
          writer.object { writer in
            writer.member("meaning", cause.meaning)
            writer.member("remedy", cause.remedy)
          }
        }
      })
    writer.member("advice", advice?.shown)
    guard let acknowledgement else { return }
    writer.member(
      "acknowledgement",
      object: { writer in
        writer.member("by", acknowledgement.by)
        writer.member("at", Timestamp.text(acknowledgement.at))
        writer.member("why", acknowledgement.why?.shown)
        writer.member("entry", acknowledgement.entry)
      })
  }
}

extension Exposure {
  func write(to writer: inout JSONWriter) {
    writer.member("from", Timestamp.text(from))
    writer.member("to", Timestamp.text(to))
    writer.member("still", isStill)
    writer.member("seenMs", thousandths: seen.wholeMicroseconds)
    writer.member("unknownMs", thousandths: unknownLength.wholeMicroseconds)
    writer.member("lastSeenAt", time: lastSeen?.time)
    switch end {
    case .seen(let state): writer.member("endedBy", "seen \(state.shown)")
    case .callEnded: writer.member("endedBy", "the call ended")
    case .askedOtherwise(let operation): writer.member("endedBy", "\(operation) was asked for")
    case nil: break
    }
  }
}

extension Happening {
  func write(to writer: inout JSONWriter) {
    writer.member("kind", kind.rawValue)
    writer.member("entry", entry)
    if lastEntry != entry { writer.member("lastEntry", lastEntry) }
    writer.member("time", Timestamp.text(time))
    writer.member("agent", agent?.shown)
    writer.member("call", call?.shown)
    writer.member("command", command)
    writer.member("from", time: from)
    writer.member("to", time: to)
    if kind == .gap { writer.member("closed", isClosed) }
    writer.member("state", state?.shown)
    writer.member("text", text)
  }
}

extension JSONWriter {
  mutating func member(_ name: String, time: Duration?) {
    if let time { member(name, Timestamp.text(time)) }
  }

  mutating func member(_ name: String, thousandths: Int64) {
    self.name(name)
    value(thousandths: thousandths)
  }
}
