import CCurl
import Reactor

/// A request under way. Keep it to be able to cancel it; dropping it changes nothing.
package final class HTTPExchange {
  private enum Phase {
    /// Can transition to connecting, refused, ended.
    case lookingUp
    /// The name is known, the connection is being made. Can transition to waiting, refused, ended.
    case connecting
    /// The request is being sent, or was, or the answer is arriving. Can transition to ended.
    case waiting
    /// Never sent; the timer tells the caller. Can transition to ended.
    case refused(HTTPFailure)
    /// The completion has been called or never will be.
    case ended
  }

  /// Without headers and body once curl has them: an exchange may wait for long.
  private(set) var request: HTTPRequest
  private var phase: Phase = .lookingUp
  private var completion: ((HTTPOutcome) -> Void)?
  /// Kept until the end, so that a client is not torn down under its exchanges.
  private var client: HTTPClient?
  private var multi: Multi?
  private var transfer: Transfer?
  private var timer: (any ReactorTimer)?
  private var sentAt: Duration = .zero
  private var lastProgress: Duration = .zero
  /// Looked up, so to be forgotten if connecting there fails.
  private var lookedUpHost: String?

  init(_ request: HTTPRequest, client: HTTPClient, completion: @escaping (HTTPOutcome) -> Void) {
    self.request = request
    self.client = client
    self.completion = completion
  }

  /// Ends the exchange, with its connection unless that is idle; the completion is never called
  /// after this. Idempotent, and safe anywhere on the loop, in completions too.
  package func cancel() {
    end(nil)
  }

  private func end(_ outcome: HTTPOutcome?) {
    if case .ended = phase { return }
    phase = .ended
    timer?.cancel()
    timer = nil
    if let transfer {
      multi?.remove(transfer)
      transfer.close()
    }
    transfer = nil
    multi = nil
    let completion = self.completion
    self.completion = nil
    client?.ended(self)
    client = nil
    if let outcome { completion?(outcome) }
  }
}

// The way of a request.
extension HTTPExchange {
  /// To be called once.
  func begin() {
    guard let client else { return }
    timer = client.reactor.makeTimer { [weak self] in self?.timeIsUp() }
    guard let target = HTTPTarget(request.url), ["http", "https"].contains(target.scheme) else {
      return refuse(.protocolError, "the URL is not an absolute http or https URL")
    }
    if let defect = request.defect { return refuse(.protocolError, defect) }
    guard request.unixSocketPath == nil else { return start(client, resolved: nil) }
    var host = request.connectHost.map(target.connecting) ?? target
    if let proxy = request.proxy {
      guard let read = HTTPTarget(proxy.url), read.scheme == "http" else {
        return refuse(.protocolError, "the proxy's URL is not an absolute http URL")
      }
      host = read
    }
    guard !host.isNumeric else { return start(client, resolved: nil) }
    lookedUpHost = host.host
    let known = client.names.addresses(of: host.host) { [weak self] answer in
      self?.lookedUp(host, answer)
    }
    if let known {
      start(client, resolved: Self.entry(host, known))
    } else {
      timer?.start(after: HTTPLimits.connectTime)
    }
  }

  private func lookedUp(_ host: HTTPTarget, _ answer: NameCache.Answer) {
    guard case .lookingUp = phase, let client else { return }
    timer?.stop()
    switch answer {
    case .success(let addresses) where !addresses.isEmpty:
      start(client, resolved: Self.entry(host, addresses))
    case .success:
      end(.failure(failure(.resolve, "the host has no address")))
    case .failure(let error):
      end(.failure(failure(.resolve, error.description)))
    }
  }

  /// For CURLOPT_RESOLVE; the plus sign makes curl forget it like an answer of its own.
  private static func entry(_ host: HTTPTarget, _ addresses: [String]) -> String {
    let list = addresses.map { $0.contains(":") ? "[\($0)]" : $0 }.joined(separator: ",")
    return "+\(host.host):\(host.port):\(list)"
  }

  private func start(_ client: HTTPClient, resolved: String?) {
    do throws(Transfer.SetupError) {
      let transfer = try Transfer(
        request, resolved: resolved, idleSecondsMax: client.idleSecondsMax, options: client.options)
      self.transfer = transfer
      request.headers = []
      request.body = nil
      phase = .connecting
      transfer.onSending = { [weak self] in self?.sending() }
      transfer.onProgress = { [weak self] in self?.progress() }
      let multi = client.multiWithRoom()
      self.multi = multi
      multi.add(transfer) { [weak self] code in self?.transferred(code) }
    } catch {
      refuse(.protocolError, error.cause)
    }
  }

  private func refuse(_ kind: HTTPFailure.Kind, _ cause: String) {
    phase = .refused(failure(kind, cause))
    timer?.start(after: .zero)
  }

  /// Inside a call of curl.
  private func sending() {
    guard let client else { return }
    phase = .waiting
    sentAt = client.reactor.now
    lastProgress = sentAt
    timer?.start(after: min(request.timeout, request.totalTimeout))
  }

  /// Inside a call of curl. The timer is not armed anew for every piece; it looks when it fires.
  private func progress() {
    if let client { lastProgress = client.reactor.now }
  }

  private func timeIsUp() {
    switch phase {
    case .lookingUp:
      end(.failure(failure(.resolve, "no answer within \(HTTPLimits.connectTime)")))
    case .refused(let failure):
      end(.failure(failure))
    case .waiting:
      guard let client else { return }
      let now = client.reactor.now
      let rest = min(lastProgress + request.timeout, sentAt + request.totalTimeout) - now
      if rest > .zero {
        timer?.start(after: rest)
      } else if now >= sentAt + request.totalTimeout {
        end(.failure(failure(.timeout, "not the whole answer within \(request.totalTimeout)")))
      } else {
        client.awaitedInVain()
        let what = transfer?.answer.status == nil ? "no answer" : "nothing more of the answer"
        end(.failure(failure(.timeout, "\(what) within \(request.timeout)")))
      }
    case .connecting, .ended: break
    }
  }

  private func transferred(_ code: CURLcode) {
    guard let transfer else { return }
    let answer = transfer.answer
    if code == CURLE_OK, answer.isHeadComplete, let status = answer.status {
      let response = HTTPResponse(status: status, headers: answer.headers, body: answer.body)
      return end(.response(response))
    }
    let (kind, cause) = Self.verdict(code, transfer)
    if kind == .connect, let lookedUpHost { client?.names.forget(lookedUpHost) }
    end(.failure(failure(kind, cause)))
  }
}

// What went wrong, in words.
extension HTTPExchange {
  private static func verdict(
    _ code: CURLcode, _ transfer: Transfer
  ) -> (HTTPFailure.Kind, String) {
    switch transfer.refusal {
    case .tooLarge: return (.tooLarge, "the answer is larger than allowed")
    case .repetition: return (.cut, "the connection ended before the answer began")
    case nil: break
    }
    let cause = transfer.cause(code)
    switch code {
    case CURLE_OK: return (.cut, "the connection ended within the head of the answer")
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: return (.resolve, cause)
    case CURLE_COULDNT_CONNECT: return (.connect, cause)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE:
      return (.tls, cause)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING,
      CURLE_OPERATION_TIMEDOUT:
      // curl has no limit of its own but the one for connecting.
      return (transfer.mayHaveBeenSent ? .cut : .connect, cause)
    default: return (.protocolError, cause)
    }
  }

  private func failure(_ kind: HTTPFailure.Kind, _ cause: String) -> HTTPFailure {
    let next =
      switch kind {
      case .resolve: "check the name and this machine's resolver"
      case .connect: "check that the server runs and that nothing on the way blocks it"
      case .tls: "check the server's certificate and the certificates trusted here"
      case .timeout, .cut: "see whether the server or a proxy on the way gave up"
      case .tooLarge: "raise the limit if the answer is genuine"
      case .protocolError: "check the URL, and what answers there"
      }
    return HTTPFailure(
      kind: kind, message: "\(request) failed: \(cause); \(next)",
      requestMayHaveBeenSent: transfer?.mayHaveBeenSent ?? false, status: transfer?.answer.status,
      partialBody: transfer?.answer.body ?? [])
  }
}
