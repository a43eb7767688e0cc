import Glibc
import HTTP
import HTTPServer
import JSON
import TestSupport
import Testing

/// Webhooks behind a real TLS server that asks for a certificate.
@Suite(.serialized) struct WebhookTLSTests {
  /// Who has received what, by the header that each feed has of its own.
  private final class Receiver {
    private(set) var ids: [String: [String]] = [:]

    func handle(_ request: ServerRequest, _ responder: Responder) {
      let id = (try? JSONValue.parse(request.body))?["id"]?.string ?? ""
      ids[request.header("X-Feed") ?? "", default: []].append(id)
      responder.respond(ServerResponse(status: 204))
    }
  }

  /// Tried: a client that is made without the feed's authority.
  @Test
  func `a webhook shows its certificate, and sends nothing to whom it does not trust`() throws {
    let receiver = Receiver()
    var server: HTTPServer?
    var front: TLSFront?
    defer { server?.stop() }
    try withGround(feeds: { scene in
      let made = try HTTPServer(reactor: scene.loop) { receiver.handle($0, $1) }
      server = made
      let certificates = try Certificates(in: scene.folder)
      let ended = try TLSFront(
        certificates, upstream: try made.listen(onTCP: "127.0.0.1", port: 0),
        demandsCertificate: true)
      front = ended
      let ours = "certificate: \(certificates.clientCertificate), key: \(certificates.clientKey)"
      func feed(_ name: String, _ url: String, _ tls: String) -> String {
        "{ name: \(name), webhook: { url: \"\(url)\", headers: { X-Feed: \(name) }, \(tls) } }"
      }
      let authority = "ca: \(certificates.authority)"
      // The certificate is of 127.0.0.1, and not of localhost.
      let other = ended.url.replacing("127.0.0.1", with: "localhost")
      return [
        feed("good", ended.url, "\(authority), \(ours)"), feed("nameless", ended.url, authority),
        feed("trustless", ended.url, ours), feed("elsewhere", other, "\(authority), \(ours)"),
      ].joined(separator: ", ")
    }) { ground in
      _ = try ground.stoppedCall()
      try ground.scene.wait(for: "the good one to have all, and the others to fail") {
        let found = try groups(ground)
        return found["good"]?["lag"]?.integer == 0
          && ["nameless", "trustless", "elsewhere"].allSatisfy { found[$0]?["problem"] != nil }
      }
      let found = try groups(ground)
      for name in ["trustless", "elsewhere"] {
        #expect(found[name]?["problem"]?.string?.lowercased().contains("certificate") == true)
      }
      #expect(Array(receiver.ids.keys) == ["good"])
      let stored = try ground.storedLines().compactMap { line in
        try JSONValue.parse(Array(line.utf8))["id"]?.string
      }
      #expect(receiver.ids["good"].map { stored.starts(with: $0) && $0.count > 10 } == true)
    }
    _ = front
  }

  private func groups(_ ground: Ground) throws -> [String: JSONValue] {
    let response = try #require(ground.bridge.get("/v1/groups"))
    var groups: [String: JSONValue] = [:]
    for group in try JSONValue.parse(response.body)["groups"]?.elements.map({ $0 }) ?? [] {
      groups[group["name"]?.string.map { String($0.dropFirst("feed:".count)) } ?? ""] = group
    }
    return groups
  }
}
