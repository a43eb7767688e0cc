import JSON

/// How commands reach a platform, as data: the request of each operation, and how the answers read.
///
/// A route decides nothing. It says what to send and what an answer means; when to send, whether to
/// send again and what is true of the recording are for others.
package struct Route: Equatable, Sendable {
  /// The verbs that routes use.
  package enum Method: String, Sendable { case get = "GET", post = "POST" }

  /// The request of one operation.
  package struct Exchange: Equatable, Sendable {
    /// The verb.
    package let method: Method
    /// Path and query, behind the platform's base URL.
    package let path: Template
    /// JSON; nil for a request without a body.
    package let body: Template?

    /// Takes the parts of a request.
    package init(_ method: Method, _ path: Template, body: Template? = nil) {
      self.method = method
      self.path = path
      self.body = body
    }
  }

  /// A header of every request of the route.
  package struct Header: Equatable, Sendable {
    /// Its name.
    package let name: String
    /// Its value.
    package let value: Template

    /// Takes name and value.
    package init(_ name: String, _ value: Template) {
      self.name = name
      self.value = value
    }
  }

  /// Names the route for people: the profile or preset that it belongs to.
  package let name: String
  /// What is sent for each operation; one that is not here cannot be sent.
  package let exchanges: [Operation: Exchange]
  /// Sent with every exchange.
  package let headers: [Header]
  /// Where an answer has its code and its words.
  package let status: StatusMembers
  /// The answers that mean yes.
  package let successes: [Success]
  /// How refusals read. The first rule that fits counts; an answer that none fits is `transient`,
  /// because nobody knows whether the command was carried out.
  package let refusals: [Refusal]
  /// Whether the platform gives a command's id back in what it notifies about it, so that a
  /// notification which names an operation is about that one and no other.
  package let namesOperations: Bool
  /// The GET that shows where things stand. Its answer is read as a ``Snapshot``: the state stands
  /// in the witnesses of each call that it lists.
  package let verification: Exchange

  /// Takes a route apart by name.
  package init(
    name: String, exchanges: [Operation: Exchange], headers: [Header], status: StatusMembers,
    successes: [Success], refusals: [Refusal], namesOperations: Bool, verification: Exchange
  ) {
    self.name = name
    self.exchanges = exchanges
    self.headers = headers
    self.status = status
    self.successes = successes
    self.refusals = refusals
    self.namesOperations = namesOperations
    self.verification = verification
  }
}

extension Route {
  /// What an answer to a command means.
  package enum Reading: Equatable, Sendable {
    /// The platform said yes. `isAsynchronous`: it says that the work is still to be done.
    case accepted(code: Int64, isAsynchronous: Bool)
    /// It did not. `code` is its own, nil when the answer has none; `text` is for people.
    case refused(Refusal.Meaning, code: Int64?, text: String)
  }

  /// Reads an answer: its code counts before the HTTP status, because platforms report errors in
  /// either. An answer that is not JSON has no code.
  package func read(status httpStatus: Int, body: [UInt8]) -> Reading {
    let json = try? JSONValue.parse(body)
    let code = status.code(in: json)
    if let code, let success = successes.first(where: { $0.fits(httpStatus, code) }) {
      return .accepted(code: code, isAsynchronous: success.isAsynchronous)
    }
    let words =
      json == nil
      ? String(decoding: body.prefix(Self.searchedBytes), as: UTF8.self) : status.message(in: json)
    let rule = refusals.first { $0.fits(httpStatus, code, words ?? "") }
    return .refused(
      rule?.meaning ?? .transient, code: code, text: status.describe(status: httpStatus, json))
  }

  /// Of a body that is not JSON, so much is searched for words: an error of a platform is one line,
  /// and what is longer is a page of somebody between.
  private static let searchedBytes = 1_000
}
