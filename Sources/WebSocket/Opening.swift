/// What opening a WebSocket remembers until it is open.
struct Opening {
  let request: WebSocketRequest
  let target: Target?
  let deadline: Duration
  /// Addresses that have not been tried.
  var addresses: ArraySlice<String> = []
  var attemptDeadline: Duration = .zero
  /// The present address has been connected to: whatever comes is the server's doing.
  var isConnected = false
  var lastFailure: String?
  /// Known before anything was tried.
  var verdict: WebSocketClose?

  init(_ request: WebSocketRequest, now: Duration) {
    self.request = request
    target = Target(request.url)
    deadline = now + request.timeout
  }

  /// Why there is nothing to try.
  var defect: String? {
    target == nil ? "the URL cannot be read" : request.defect
  }

  /// Whom to connect to: the proxy if there is one, which then finds the host itself.
  func nameToConnect(_ options: WebSocketOptions) -> String {
    options.proxy?.host ?? target?.host ?? ""
  }

  func isNumeric(_ options: WebSocketOptions) -> Bool {
    Target.isNumeric(nameToConnect(options))
  }
}
