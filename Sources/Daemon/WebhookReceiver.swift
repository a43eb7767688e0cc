import Bridge
import Configuration
import Feeds
import HTTP
import Reactor

/// Events as POST requests, one after the other: each the CloudEvent itself, with its cursor as the
/// key by which a receiver knows one that comes again.
///
/// Any status from 200 to 299 means that it was received, whatever the answer says besides;
/// everything else, a refusal included, is tried again, for no event is skipped without somebody
/// who says so.
final class WebhookReceiver: FeedReceiver {
  /// Without a byte of an answer: as for the platform's requests.
  private static let timeout = Duration.seconds(10)
  /// The whole of an answer of which only the status counts.
  private static let totalTimeout = Duration.seconds(30)

  private let feed: WebhookFeed
  private let client: HTTPClient
  private let secrets: SecretFiles
  private var exchange: HTTPExchange?

  /// - Parameter note: what an operator should know of the files of secret headers.
  init(_ feed: WebhookFeed, reactor: any Reactor, note: @escaping (SecretFiles.Note) -> Void) {
    self.feed = feed
    client = HTTPClient(
      reactor: reactor,
      options: HTTPClient.Options(
        caFile: feed.tls.certificateAuthority, certificateFile: feed.tls.certificate,
        keyFile: feed.tls.key))
    secrets = SecretFiles(note: note)
  }

  func deliver(_ batch: [FeedEvent], completion: @escaping (DeliveryFailure?) -> Void) {
    for header in feed.headers { secrets.look(at: header.value) }
    post(batch[...], received: 0, completion)
  }

  private func post(
    _ events: ArraySlice<FeedEvent>, received: Int,
    _ completion: @escaping (DeliveryFailure?) -> Void
  ) {
    guard let event = events.first else { return completion(nil) }
    let request = request(event)
    exchange = client.send(request) { [weak self] outcome in
      guard let self else { return }
      exchange = nil
      if var failure = Self.failure(outcome, request) {
        failure.received = received
        completion(failure)
      } else {
        post(events.dropFirst(), received: received + 1, completion)
      }
    }
  }

  private func request(_ event: FeedEvent) -> HTTPRequest {
    var request = HTTPRequest(
      method: "POST", url: feed.url, body: event.line, timeout: Self.timeout)
    request.headers = [
      HTTPHeader("Content-Type", "application/cloudevents+json"),
      HTTPHeader("Idempotency-Key", "\"\(event.cursor ?? "-")\""),
    ]
    for header in feed.headers {
      request.headers.append(HTTPHeader(header.name, secrets.text(of: header.value)))
    }
    request.totalTimeout = Self.totalTimeout
    // Receivers such as chat rooms have their secret in the path.
    request.isPathSecret = true
    request.onBody = { _ in }
    return request
  }

  private static func failure(_ outcome: HTTPOutcome, _ request: HTTPRequest) -> DeliveryFailure? {
    switch outcome {
    case .response(let response) where (200..<300).contains(response.status): return nil
    // It said so, and did not end its answer well.
    case .failure(let failure) where (200..<300).contains(failure.status ?? 0): return nil
    case .response(let response):
      let wait = response.headers.first { $0.name.lowercased() == "retry-after" }
        .flatMap { Int64($0.value) }
      return DeliveryFailure(
        reason: "\(request): the receiver answered with status \(response.status)",
        retryAfter: wait.map { .seconds(min(max(0, $0), retryAfterMaxSeconds)) })
    case .failure(let failure): return DeliveryFailure(reason: failure.message)
    }
  }

  /// A receiver that wants us to wait longer is asked again after this.
  private static let retryAfterMaxSeconds: Int64 = 3_600

  func reopen() {}

  func close() {
    exchange?.cancel()
    client.close()
  }
}
