package import Calls
import JSON

extension Route {
  /// What an answer to a command means.
  package enum Reading: Equatable, Sendable {
    /// The platform said yes; `code` is its own, nil when the answer has none. `isAsynchronous`: it
    /// says that the work is still to be done.
    case accepted(code: Int64?, isAsynchronous: Bool)
    /// It did not. `text` is for people. `isDoubtful`: only a look tells whether it was refused for
    /// the state of the recording.
    case refused(Refusal.Meaning, code: Int64?, text: String, isDoubtful: Bool = false)
  }

  /// Reads an answer: its code counts before the HTTP status, because platforms report errors in
  /// either. An answer that is not JSON has no code.
  package func read(status httpStatus: Int, body: [UInt8]) -> Reading {
    let json = try? JSONValue.parse(body)
    let code = status.code(in: json)
    if let success = successes.first(where: { $0.fits(httpStatus, code) }) {
      return .accepted(code: code, isAsynchronous: success.isAsynchronous)
    }
    let words = words(of: body, json)
    let rule = refusal(httpStatus, code, words)
    return .refused(
      rule?.meaning ?? .transient, code: code,
      text: status.describe(status: httpStatus, json, plainText: json == nil ? words : ""),
      isDoubtful: rule?.isDoubtful ?? false)
  }

  /// Whether an answer says that the credentials themselves are not good, so that others are due.
  /// A 403 says it only by a rule of the route: a token that is not good has status 401, and 403 is
  /// for one that may not do this (RFC 6750 section 3.1).
  package func refusesCredentials(status httpStatus: Int, body: [UInt8]) -> Bool {
    guard case .refused(.notAuthenticated, let code, _, _) = read(status: httpStatus, body: body)
    else { return false }
    let words = words(of: body, try? JSONValue.parse(body))
    return httpStatus != 403 || refusals.contains { $0.fits(httpStatus, code, words) }
  }

  private func words(of body: [UInt8], _ json: JSONValue?) -> String {
    json == nil
      ? String(decoding: body.prefix(Self.searchedBytes), as: UTF8.self)
      : status.message(in: json) ?? ""
  }

  /// Of a body that is not JSON, so much is searched for words: an error of a platform is one line,
  /// and what is longer is a page of somebody between.
  private static let searchedBytes = 1_000

  /// What an answer to a verifying GET, or to a look-up, shows.
  package enum View: Equatable, Sendable {
    /// The recording is in this state.
    case state(RecordingState)
    /// What was looked up.
    case found(String)
    /// There is no such thing, or it names none of what was looked for.
    case notThere(String)
    /// It says nothing that can be relied on.
    case unclear(String)
    /// It was refused: `notAuthenticated`, `throttled`, or `transient` for everything else.
    case refused(Refusal.Meaning, String)
  }

  /// Reads the answer to a verifying GET whose words at a place mean states.
  ///
  /// Of several recordings the one that goes on decides: recording before paused before stopped. A
  /// word that means nothing to the route makes the answer unclear, whatever the others say.
  package func view(
    _ verification: Verification, status httpStatus: Int, body: [UInt8], _ values: [String: String]
  ) -> View {
    guard case .states(let place, let states) = verification.reading else {
      return .unclear("the answer lists calls")
    }
    switch answer(httpStatus, body) {
    case .other(let view): return view
    case .good(let json):
      let words = place.words(in: json, values)
      guard !words.isEmpty else {
        return .notThere("the answer shows no recording at \(place.description(values))")
      }
      if let unknown = words.first(where: { states[$0] == nil }) {
        return .unclear(
          "the answer says \"\(unknown.prefix(40))\" at \(place.description(values)),"
            + " which the route does not know")
      }
      let seen = Set(words.compactMap { states[$0] })
      let order = [RecordingState.recording, .paused, .stopped]
      return order.first(where: seen.contains).map(View.state)
        ?? .unclear("the answer shows none of the states")
    }
  }

  /// Reads the answer to a look-up. Two different finds are none: a command for one call must never
  /// reach another.
  package func view(
    _ lookup: Lookup, status httpStatus: Int, body: [UInt8], _ values: [String: String]
  ) -> View {
    switch answer(httpStatus, body) {
    case .other(let view): return view
    case .good(let json):
      let finds = Set(lookup.place.words(in: json, values))
      guard let find = finds.first, finds.count == 1 else {
        let found = finds.isEmpty ? "nothing" : "\(finds.count) different ones"
        return .notThere("the answer has \(found) at \(lookup.place.description(values))")
      }
      return .found(find)
    }
  }

  private enum Answer {
    case good(JSONValue)
    case other(View)
  }

  private func answer(_ httpStatus: Int, _ body: [UInt8]) -> Answer {
    let json = try? JSONValue.parse(body)
    let text = status.describe(status: httpStatus, json)
    if (200...299).contains(httpStatus) {
      return json.map(Answer.good) ?? .other(.unclear(text))
    }
    switch httpStatus {
    case 404, 410: return .other(.notThere(text))
    case 401: return .other(.refused(.notAuthenticated, text))
    case 429: return .other(.refused(.throttled, text))
    default: return .other(.refused(.transient, text))
    }
  }
}
