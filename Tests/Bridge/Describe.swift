import Bayeux
import Commands

@testable import Bridge

// Lines of a trace, for people.

func describe(_ input: Bridge.Input) -> String {
  switch input {
  case .answered(let id, .response(let status, _, let body)):
    "answered \(id.rawValue) \(status) \(body.count) bytes"
  case .answered(let id, .failed(let reason, let may, let partial)):
    "answered \(id.rawValue) failed \(reason) \(may) \(partial.count) bytes"
  case .asked(let id, let ask):
    "asked \(id.rawValue) \(ask.operation) \(ask.call.prefix(6)) \(ask.agent ?? "")"
      + " \(ask.key ?? "")"
  case .acknowledged(let id, let ask): "acknowledged \(id.rawValue) \(ask.command.id)"
  case .grouped(let id, let ask, _): "grouped \(id.rawValue) \(ask)"
  case .socket(let id, .message(let bytes)): "socket \(id.rawValue) \(bytes.count) bytes"
  case .socket(let id, let event): "socket \(id.rawValue) \(event)"
  case .remove(let removal): "remove \(removal)"
  case .erase(let id, let ask): "erase \(id.rawValue) \(ask.call)"
  case .start, .stop, .wake, .agents, .credentialsChanged, .occurred: "\(input)"
  }
}

func describe(_ write: Write) -> String {
  switch write {
  case .event(let event):
    "event \(event.sequence) \(event.agent) "
      + String(
        decoding: event.line.drop { $0 != UInt8(ascii: ",") }.suffix(from: 100), as: UTF8.self)
  case .command(let command, let sequence):
    "command \(sequence) \(command.id) \(command.status) \(command.grade.map(\.rawValue) ?? "")"
  case .checkpoint(let checkpoint, _, let sequence): "checkpoint \(sequence) \(checkpoint.size)"
  case .entry(let entry): "entry \(entry.sequence)"
  case .call(let agent, let id, _): "call \(agent) \(id.prefix(6))"
  case .callEnded(let agent, let id): "call ended \(agent) \(id.prefix(6))"
  case .quarantine(let quarantine): "quarantine \(quarantine.sequence) \(quarantine.reason)"
  case .group, .groupRemoved, .removal: "\(write)"
  case .session(let record):
    "session \(record.agent) \(String(decoding: record.document { _ in }, as: UTF8.self))"
  }
}
