import Foundation
import HTTP
import TestSupport
import Testing

/// What everybody on the machine, and its administrator, can see of the daemon's process.
@Suite struct ProcessListTests {
  private static let secrets = [
    "basic-p4ss", "cl1ent-s3cret", "pr0xy-p4ss", "key-s3cret", "bearer-t0ken",
  ]

  private func shown(_ name: String, of program: Program) throws -> String {
    let path = "/proc/\(program.process.identifier)/\(name)"
    return try String(decoding: Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  }

  /// Every secret is in a file and in use: nobody listens where platform and proxy should be.
  @Test func `neither the process's arguments nor its environment have a secret`() throws {
    try withScene { scene in
      func file(_ number: Int) -> String { "{ file: \(scene.folder)/secret-\(number) }" }
      for (number, secret) in Self.secrets.enumerated() {
        try writeText(secret + "\n", to: "\(scene.folder)/secret-\(number)")
      }
      let closed = "http://127.0.0.1:9"
      let bridge = try RunningBridge(
        scene,
        platform: "url: \"\(closed)\", headers: { x-api-key: \(file(3)) },"
          + " proxy: { url: \"\(closed)\", user: gate, password: \(file(2)) }",
        agents: [
          "{ name: alice, user: alice, password: \(file(0)) }",
          "{ name: bob, bearer: \(file(4)) }",
          "{ name: carol, oauth2: { tokenURL: \"\(closed)/token\", grant: client-credentials,"
            + " clientID: bridge, clientSecret: \(file(1)) } }",
        ])
      try scene.wait(for: "three logins that failed") {
        Set(["alice", "bob", "carol"].filter { bridge.program.log.contains("agent=\($0)") }).count
          == 3
      }
      let arguments = try shown("cmdline", of: bridge.program)
      let environment = try shown("environ", of: bridge.program)
      #expect(arguments.contains("--config") && environment.contains("PATH="))
      let events = bridge.get("/v1/events?after=earliest&limit=1000")?.body ?? []
      #expect(!events.isEmpty)
      for secret in Self.secrets {
        #expect(!arguments.contains(secret) && !environment.contains(secret))
        #expect(!bridge.program.log.contains(secret))
        #expect(!String(decoding: events, as: UTF8.self).contains(secret))
      }
      bridge.stop()
    }
  }
}
