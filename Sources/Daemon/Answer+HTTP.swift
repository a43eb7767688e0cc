import Bridge
import HTTP

extension Answer {
  init(_ outcome: HTTPOutcome) {
    switch outcome {
    case .response(let response):
      self = .response(
        status: response.status, headers: response.headers.map { Header($0.name, $0.value) },
        body: response.body)
    case .failure(let failure):
      self = .failed(
        reason: failure.message, mayHaveReachedServer: failure.requestMayHaveBeenSent,
        partialBody: failure.partialBody)
    }
  }
}
