import Bridge
import Configuration
import Crypto
import Evidence
import HTTP
import Loop

/// An authority that says when it saw a checkpoint (RFC 3161, over HTTP as in 3.4).
///
/// Only an answer that was verified counts. Its token becomes an entry of the audit, so that every
/// later checkpoint, feed and export has it.
final class TimestampAnchor: AnchorReceiver {
  let kind = "timestamp"
  let pause: Duration
  /// Its token could not be entered any more.
  let takesTheLast = false

  /// Without a byte of an answer, and for all of it.
  private static let timeout = Duration.seconds(10)
  private static let totalTimeout = Duration.seconds(30)
  /// A token with the chain of its certificates has less than ten kilobytes.
  private static let answerSizeMax = 64 << 10

  private let name: String
  private let authority: TimestampAuthority
  private let loop: EventLoop
  private let client: HTTPClient
  private let stamped: (StampedCheckpoint) -> Void
  private var isClosed = false

  init(
    _ name: String, _ authority: TimestampAuthority, loop: EventLoop,
    stamped: @escaping (StampedCheckpoint) -> Void
  ) {
    self.name = name
    self.authority = authority
    self.loop = loop
    self.stamped = stamped
    pause = authority.every
    client = HTTPClient(reactor: loop)
  }

  func deliver(
    _ checkpoint: SignedCheckpoint, completion: @escaping (DeliveryFailure?) -> Void
  ) {
    let query: TimestampQuery
    do throws(TimestampFailure) {
      query = try TimestampQuery(
        imprint: SHA256.hash(Array(checkpoint.note.utf8)), policy: authority.policy)
    } catch {
      let failure = failure(error.description)
      return loop.runOffLoop({}) { [weak self] in
        if self?.isClosed == false { completion(failure) }
      }
    }
    client.send(request(query)) { [weak self] outcome in
      guard let self else { return }
      switch outcome {
      case .response(let response) where response.status == 200:
        verify(response.body, query, checkpoint, completion)
      case .response(let response):
        var failure = failure("the answer has status \(response.status)")
        failure.retryAfter = response.retryAfterSeconds.map {
          .seconds(min($0, Self.retryAfterMaxSeconds))
        }
        completion(failure)
      case .failure(let failure): completion(DeliveryFailure(reason: failure.message))
      }
    }
  }

  /// An authority that wants us to wait longer is asked again after this.
  private static let retryAfterMaxSeconds: Int64 = 3_600

  private func request(_ query: TimestampQuery) -> HTTPRequest {
    var request = HTTPRequest(
      method: "POST", url: authority.url,
      headers: [HTTPHeader("Content-Type", "application/timestamp-query")], body: query.bytes,
      timeout: Self.timeout)
    request.totalTimeout = Self.totalTimeout
    request.maxBodyBytes = Self.answerSizeMax
    return request
  }

  /// Away from the loop: the file of certificates is read each time, so that it may be replaced.
  private func verify(
    _ answer: [UInt8], _ query: TimestampQuery, _ checkpoint: SignedCheckpoint,
    _ completion: @escaping (DeliveryFailure?) -> Void
  ) {
    let file = authority.certificateAuthority
    loop.runOffLoop({ () throws(TimestampFailure) in
      try query.token(in: answer, authority: file)
    }) { [weak self] outcome in
      guard let self, !isClosed else { return }
      switch outcome {
      case .success(let token):
        stamped(
          StampedCheckpoint(
            anchor: name, checkpoint: checkpoint, time: token.time, policy: token.policy,
            serial: token.serial, token: Base64.text(token.bytes)))
        completion(nil)
      case .failure(let error): completion(failure(error.description))
      }
    }
  }

  private func failure(_ what: String) -> DeliveryFailure {
    DeliveryFailure(reason: "POST \(authority.url): \(what)")
  }

  func close() {
    isClosed = true
    client.close()
  }
}
