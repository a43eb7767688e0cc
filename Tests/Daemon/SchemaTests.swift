import Configuration
import Daemon
import Foundation
import JSON
import Simulator
import TestSupport
import Testing

/// Holds the daemon's real events to the schemas that other programs rely on.
@Suite(.serialized) struct SchemaTests {
  @Test func `every kind of event is as its schema says`() throws {
    let stage = try Stage(deadline: .seconds(1))
    defer { stage.close() }
    stage.configuration.audit = AuditSettings(
      key: Secret(try AuditKey(name: "test").reveal()), heartbeat: .seconds(1))
    try stage.start()
    let call = try stage.recordedCall()
    _ = try stage.command("stop", call)
    try stage.simulator.setRecording(call, .recording)
    _ = try stage.event("restarted")
    _ = try stage.command("pause", call)
    stage.simulator.arm(Fault(.lyingWitness(.attachedData)))
    _ = try stage.command("stop", call)
    let id = try #require(try stage.exceptions().first?["command"]?.string)
    #expect(try stage.post("/v1/exceptions/\(id)/acknowledge", #"{"why":"w"}"#).status == 200)
    stage.simulator.arm(Fault(.withoutCall))
    try stage.simulator.attachData(call, [(name: "note", value: Array("1".utf8))])
    _ = try stage.event("quarantine")
    try stage.simulator.publishRaw(
      agent: "alice", channel: "/v2/me/devices",
      data: Array(#"{"messageType":"DeviceStateChangeMessage","devices":[]}"#.utf8))
    _ = try stage.event("notification")
    try stage.simulator.endCall(call)
    _ = try stage.event("call") { $0["data"]?["ended"]?.bool == true }
    _ = try stage.event("heartbeat")
    let events = try stage.events()
    var kinds: Set<String> = []
    for event in events {
      let type = try #require(event["type"]?.string)
      kinds.insert(type)
      #expect(try Schema.violations(event) == [], "\(String(decoding: event.raw, as: UTF8.self))")
    }
    #expect(kinds.count == 13, "\(kinds.sorted())")
  }

  @Test func `the check of the schemas finds what is wrong`() throws {
    let schema = try Schema(file: "schemas/events/gap.v1.schema.json")
    let bad = try JSONValue.parse(
      Array(#"{"specversion":"2.0","data":{"agent":1,"extra":true},"id":"x"}"#.utf8))
    let violations = schema.violations(bad)
    #expect(violations.contains { $0.contains("specversion") })
    #expect(violations.contains { $0.contains("data.agent") })
    #expect(violations.contains { $0.contains("extra") })
    #expect(violations.contains { $0.contains("type is missing") })
    #expect(violations.contains { $0.contains("id does not match") })
  }
}

/// The part of JSON Schema 2020-12 that the schemas of this project use.
struct Schema {
  let root: JSONValue

  init(file: String) throws {
    let data = try Data(contentsOf: URL(fileURLWithPath: "\(packageFolder)/\(file)"))
    root = try JSONValue.parse(Array(data))
  }

  /// What is wrong with an event by the schema of its type.
  static func violations(_ event: JSONValue) throws -> [String] {
    let name = try #require(event["type"]?.string).dropFirst("recbridge.".count)
    return try Schema(file: "schemas/events/\(name).schema.json").violations(event)
  }

  func violations(_ value: JSONValue) -> [String] { check(value, root, at: "") }

  private func check(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    var found: [String] = []
    if let constant = schema["const"], constant != value { found.append("\(path) is not constant") }
    if let words = schema["enum"], !words.elements.contains(value) {
      found.append("\(path) is none of the words")
    }
    if let type = schema["type"]?.string, !isOf(value, type) {
      return found + ["\(path) is not of type \(type)"]
    }
    if let pattern = schema["pattern"]?.string, let text = value.string {
      let regex = try? Regex(pattern)
      if regex.flatMap({ text.firstMatch(of: $0) }) == nil {
        found.append("\(path) does not match \(pattern)")
      }
    }
    if let items = schema["items"] {
      for element in value.elements { found += check(element, items, at: path + "[]") }
    }
    return found + members(of: value, schema, at: path)
  }

  private func members(of value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    guard value.kind == .object else { return [] }
    var found: [String] = []
    let prefix = path.isEmpty ? "" : path + "."
    for name in schema["required"].map({ Array($0.elements) }) ?? [] {
      let name = name.string ?? ""
      if value[name] == nil { found.append("\(prefix)\(name) is missing") }
    }
    let properties = schema["properties"]
    for member in value.members {
      if let property = properties?[member.name] {
        found += check(member.value, property, at: prefix + member.name)
      } else if schema["additionalProperties"]?.bool == false {
        found.append("\(prefix)\(member.name) is not in the schema")
      }
    }
    return found
  }

  private func isOf(_ value: JSONValue, _ type: String) -> Bool {
    switch type {
    case "object": value.kind == .object
    case "array": value.kind == .array
    case "string": value.kind == .string
    case "integer": value.integer != nil
    case "number": value.kind == .number
    case "boolean": value.bool != nil
    default: false
    }
  }
}
