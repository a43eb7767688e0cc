import Bridge
import HTTP

extension Answer {
  init(_ outcome: HTTPOutcome) {
    switch outcome {
    case .response(let response):
      var headers = response.headers.map { Header($0.name, $0.value) }
      if let seconds = response.retryAfterSeconds {
        // A date as well has become seconds: the bridge knows no other clock than its own.
        headers.removeAll { $0.name.lowercased() == "retry-after" }
        headers.append(Header("Retry-After", String(seconds)))
      }
      self = .response(status: response.status, headers: headers, body: response.body)
    case .failure(let failure):
      self = .failed(
        reason: failure.message, mayHaveReachedServer: failure.requestMayHaveBeenSent,
        partialBody: failure.partialBody)
    }
  }
}
