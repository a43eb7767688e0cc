import HTTPServer
import JSON

extension CommandRequest {
  /// Reads the body of a request for a command. Every member must be known and of its type: a
  /// misspelt `mode` must not send what was only to be observed.
  init(parsing body: [UInt8], origin: Peer?) throws(Problem) {
    let value = try JSONValue.body(body)
    var members = BodyMembers()
    for member in value.members { try members.take(member) }
    guard let call = members.words["call"] else { throw .badRequest("call is missing.") }
    guard let operation = members.words["operation"] else {
      throw .badRequest("operation is missing.")
    }
    self.init(
      call: call, operation: try Self.word(operation, "operation"),
      agent: members.words["agent"], key: members.words["key"],
      mode: try members.words["mode"].map { text throws(Problem) in try Self.word(text, "mode") }
        ?? .send,
      forced: members.forced ?? false, parameters: members.parameters ?? [:], origin: origin)
  }

  private static func word<Word: RawRepresentable & CaseIterable>(
    _ text: String, _ name: String
  ) throws(Problem) -> Word where Word.RawValue == String {
    guard let word = Word(rawValue: text) else {
      let known = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw .badRequest("\(name) is one of \(known).")
    }
    return word
  }
}

extension JSONValue {
  /// The object that a request's body is.
  static func body(_ body: [UInt8]) throws(Problem) -> JSONValue {
    let value: JSONValue
    do throws(JSONError) {
      value = try JSONValue.parse(body)
    } catch {
      throw Problem(
        status: 400, title: "Bad Request",
        detail: "The body is not JSON at byte \(error.offset): \(error.reason.rawValue).",
        members: [.init(name: "offset", value: String(error.offset))])
    }
    guard value.kind == .object else { throw .badRequest("The body must be a JSON object.") }
    return value
  }

  /// The text of the one member that a request's body has.
  static func onlyWord(_ name: String, of body: [UInt8]) throws(Problem) -> String {
    let value = try JSONValue.body(body)
    for member in value.members where member.name != name {
      throw .badRequest("There is no member \(member.name); known: \(name).")
    }
    guard Array(value.members).count < 2 else { throw .badRequest("\(name) may be given once.") }
    guard let member = value[name] else { throw .badRequest("\(name) is missing.") }
    guard let text = member.string else { throw .badRequest("\(name) is a string.") }
    return text
  }
}

/// The members of a body, each once and of its type.
private struct BodyMembers {
  var words: [String: String] = [:]
  var forced: Bool?
  var parameters: [String: String]?

  private static let names = ["call", "operation", "agent", "key", "mode"]

  mutating func take(_ member: JSONMember) throws(Problem) {
    let name = member.name
    guard Self.names.contains(name) || name == "forced" || name == "parameters" else {
      let known = (Self.names + ["forced", "parameters"]).joined(separator: ", ")
      throw .badRequest("There is no member \(name); known: \(known).")
    }
    guard words[name] == nil, name != "forced" || forced == nil,
      name != "parameters" || parameters == nil
    else {
      throw .badRequest("\(name) may be given once.")
    }
    if name == "forced" {
      guard let value = member.value.bool else { throw .badRequest("forced is true or false.") }
      forced = value
      return
    }
    if name == "parameters" {
      parameters = try Self.parameters(member.value)
      return
    }
    words[name] = try Self.word(member.value, name)
  }

  /// Whether a route has such parameters is for the daemon to say.
  private static func parameters(_ value: JSONValue) throws(Problem) -> [String: String] {
    guard value.kind == .object else { throw .badRequest("parameters is an object of strings.") }
    var parameters: [String: String] = [:]
    for member in value.members {
      guard parameters[member.name] == nil else {
        throw .badRequest("parameters.\(member.name) may be given once.")
      }
      guard parameters.count < APILimits.parametersMax else {
        throw .badRequest("parameters has at most \(APILimits.parametersMax) members.")
      }
      parameters[member.name] = try word(member.value, "parameters.\(member.name)")
    }
    return parameters
  }

  private static func word(_ value: JSONValue, _ name: String) throws(Problem) -> String {
    guard let word = value.string else { throw .badRequest("\(name) is a string.") }
    guard !word.isEmpty, word.utf8.count <= APILimits.wordSizeMaxBytes else {
      throw .badRequest("\(name) has 1 to \(APILimits.wordSizeMaxBytes) bytes.")
    }
    return word
  }
}
