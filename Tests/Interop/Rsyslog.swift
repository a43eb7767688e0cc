import Glibc
import JSON
import TestSupport
import Testing

/// A real rsyslog with a configuration of its own in the scene's folder, listening over TCP, TLS and
/// a Unix socket. What it receives it writes to a file: the structured data, a bar, the message.
final class Rsyslog {
  let tcp: UInt16
  let tls: UInt16
  var socket: String { "\(scene.folder)/rsyslog.sock" }
  let certificates: Certificates
  private let scene: Scene
  private var output: String { "\(scene.folder)/received" }
  private(set) var program: Program?
  private var lives = 0

  init(_ scene: Scene) throws {
    self.scene = scene
    certificates = try Certificates(in: scene.folder)
    (tcp, tls) = (try freePort(), try freePort())
    try writeText(
      """
      global(
        workDirectory="\(scene.folder)" net.enableDNS="off" maxMessageSize="64k"
        DefaultNetstreamDriverCAFile="\(certificates.authority)"
        DefaultNetstreamDriverCertFile="\(certificates.certificate)"
        DefaultNetstreamDriverKeyFile="\(certificates.key)"
      )
      # What was read is written before more is read.
      main_queue(queue.type="direct")
      module(load="imtcp")
      module(load="imuxsock" SysSock.Use="off")
      input(type="imtcp" address="127.0.0.1" port="\(tcp)")
      input(
        type="imtcp" address="127.0.0.1" port="\(tls)" streamDriver.name="ossl"
        streamDriver.mode="1" streamDriver.authMode="x509/certvalid"
      )
      input(
        type="imuxsock" socket="\(socket)" useSpecialParser="off" parseHostname="on"
        rateLimit.interval="0"
      )
      template(name="entry" type="string" string="%structured-data%|%msg%\\n")
      action(type="omfile" file="\(output)" template="entry")

      """, to: "\(scene.folder)/rsyslog.conf")
  }

  /// Begins it, for the first time or again, and waits until it listens.
  func start() throws {
    lives += 1
    let program = try scene.begin(
      "rsyslog-\(lives)", "/usr/sbin/rsyslogd",
      ["-n", "-f", "\(scene.folder)/rsyslog.conf", "-i", "\(scene.folder)/rsyslog-\(lives).pid"])
    self.program = program
    try scene.wait(for: "rsyslog to listen") {
      try #require(program.code == nil, "rsyslog has ended: \(program.log)")
      return isListening(tcp) && isListening(tls)
    }
  }

  /// SIGTERM: it ends in its own way, with what it has read written.
  func stop() {
    #expect(program?.terminate(within: .seconds(60)) == 0)
    // The path is passed as a C string for the length of the call only.
    _ = unsafe unlink(socket)
  }

  /// The numbers of the events that it received, in the order in which it wrote them.
  func received() throws -> [Int64] { try entries().map(\.number) }

  /// What it received: each event with its number.
  func entries() throws -> [(number: Int64, event: [UInt8])] {
    try (readText(output) ?? "").split(separator: "\n").map { line in
      let parts = line.split(separator: "|", maxSplits: 1)
      let event = Array(parts[1].drop { $0 == " " }.utf8)
      let id = try #require(try JSONValue.parse(event)["id"]?.string)
      // The structured data names the same event as the message.
      #expect(parts[0].contains(#"cursor="\#(id)""#))
      return (try #require(id.split(separator: ".").last.flatMap { Int64($0) }), event)
    }
  }

  private func isListening(_ port: UInt16) -> Bool {
    guard let client = Client(port: port) else { return false }
    client.close()
    return true
  }
}
