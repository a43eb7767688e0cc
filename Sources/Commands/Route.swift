package import Calls

/// How commands reach a platform, as data: the request of each operation, and how the answers read.
///
/// A route decides nothing. It says what to send and what an answer means; when to send, whether to
/// send again and what is true of the recording are for others.
package struct Route: Equatable, Sendable {
  /// The verbs that routes use.
  package enum Method: String, CaseIterable, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
  }

  /// One request.
  package struct Exchange: Equatable, Sendable {
    /// The verb.
    package let method: Method
    /// Path and query, behind the platform's base URL.
    package let path: Template
    /// Nil for a request without a body.
    package let body: BodyTemplate?

    /// Takes the parts of a request.
    package init(_ method: Method, _ path: Template, body: BodyTemplate? = nil) {
      self.method = method
      self.path = path
      self.body = body
    }

    /// What it has to name, in path and body.
    package var names: [String] { path.names + (body?.names ?? []) }
  }

  /// What is sent for an operation.
  package struct Action: Equatable, Sendable {
    /// The request.
    package let exchange: Exchange
    /// Another one for the same effect.
    package let fallback: Fallback?
    /// The GET that shows the effect of this operation; nil where the route's own does.
    package let verification: Verification?

    /// Takes the requests of one operation.
    package init(
      _ exchange: Exchange, fallback: Fallback? = nil, verification: Verification? = nil
    ) {
      self.exchange = exchange
      self.fallback = fallback
      self.verification = verification
    }
  }

  /// A request that takes over when the first one was refused, or cannot be made because what it
  /// has to name is not known.
  package struct Fallback: Equatable, Sendable {
    /// So often the first one is sent before.
    package let attempts: Int
    /// What is sent from then on.
    package let exchange: Exchange

    /// Takes both.
    package init(after attempts: Int, _ exchange: Exchange) {
      self.attempts = attempts
      self.exchange = exchange
    }
  }

  /// The GET that shows where things stand.
  package struct Verification: Equatable, Sendable {
    /// How its answer reads.
    package enum Reading: Equatable, Sendable {
      /// As the list of calls that notifications describe: the state stands in their witnesses.
      case calls
      /// The words at a place, each of which means a state.
      case states(AnswerPlace, [String: RecordingState])
    }

    /// Path and query, behind the platform's base URL.
    package let path: Template
    /// How its answer reads.
    package let reading: Reading

    /// Takes what is asked and how it is read.
    package init(_ path: Template, _ reading: Reading) {
      self.path = path
      self.reading = reading
    }

    /// What it has to name, in the path and in the place of the answer.
    package var names: [String] {
      if case .states(let place, _) = reading { path.names + place.names } else { path.names }
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

  /// What a configuration calls it.
  package var name: String
  /// One line for people: the platform and the way.
  package var about = ""
  /// What a command has to name besides its call; each may refer to those before it.
  package var parameters: [Parameter] = []
  /// What is sent for each operation; one that is not here cannot be sent.
  package var operations: [Operation: Action] = [:]
  /// Sent with every operation.
  package var headers: [Header] = []
  /// Where an answer has its code and its words.
  package var status = StatusMembers(code: [], message: ["message"])
  /// The answers that mean yes.
  package var successes: [Success] = []
  /// How refusals read. The first rule that fits counts; what none fits is read by ``usual`` rules,
  /// and what these do not fit is `transient`, because nobody knows whether it was carried out.
  package var refusals: [Refusal] = []
  /// Whether the platform gives a command's id back in what it notifies about it, so that a
  /// notification which names an operation is about that one and no other.
  package var namesOperations = false
  /// The GET that shows where things stand.
  package var verification: Verification

  /// A route that can do nothing yet.
  package init(name: String, verification: Verification) {
    self.name = name
    self.verification = verification
  }

  /// What is asked to see the effect of an operation.
  package func verification(of operation: Operation) -> Verification {
    operations[operation]?.verification ?? verification
  }

  /// Its operations in the order of their declaration.
  package var offered: [Operation] { Operation.allCases.filter { operations[$0] != nil } }
}
