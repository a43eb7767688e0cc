import HTTPServer
import TestSupport

/// A timestamping authority over HTTP, on the loop of the test.
final class TimestampServer {
  let url: String
  /// Who stands behind it, a PEM file.
  var authority: String { tsa.authority }
  private let tsa: StampingAuthority
  private let server: HTTPServer

  init(_ scene: Scene) throws {
    let tsa = try StampingAuthority(in: scene.folder)
    self.tsa = tsa
    server = try HTTPServer(reactor: scene.loop) { request, responder in
      let answer = request.method == "POST" ? try? tsa.answer(to: request.body) : nil
      responder.respond(
        ServerResponse(
          status: answer == nil ? 500 : 200,
          headers: [ServerHeader("Content-Type", "application/timestamp-reply")],
          body: answer ?? []))
    }
    url = "http://127.0.0.1:\(try server.listen(onTCP: "127.0.0.1", port: 0))/tsr"
  }

  func stop() { server.stop() }
}
