import Glibc
import JSON
import TestSupport
import Testing

/// `recbridge demo`: the main job as anybody sees it first.
@Suite(.serialized) struct DemoTests {
  /// Runs the demo, which leaves nothing in the folder for temporary files.
  private func demo(_ arguments: [String]) throws -> Said {
    try withScene { scene in
      let name = "\(scene.folder)/demo"
      let temporary = "\(scene.folder)/tmp"
      // The path is passed as a C string for the length of the call only.
      try #require(unsafe mkdir(temporary, 0o700) == 0)
      let process = try ChildProcess(
        builtExecutable(), ["demo"] + arguments, environment: ["TMPDIR": temporary],
        output: .file("\(name).out"), errors: .file("\(name).err"))
      let running = Running(process: process, name: name)
      try scene.wait(for: "the end of the demo", within: .seconds(90)) { process.code != nil }
      // As above; only an empty folder can be removed.
      let isEmpty = unsafe rmdir(temporary) == 0
      #expect(isEmpty, "the demo left something in its folder for temporary files")
      return running.said
    }
  }

  @Test(arguments: [
    (["--transport", "websocket"], "over a WebSocket"),
    (["--transport", "long-polling"], "by long-polling"), ([], "by long-polling"),
  ])
  func `the demo confirms a Stop over the transport that it names`(
    arguments: [String], way: String
  ) throws {
    let said = try demo(arguments)
    #expect(said.code == 0, "\(said)")
    #expect(said.err == "")
    #expect(said.out.contains("notifications come \(way)."), "\(said.out)")
    #expect(said.out.contains("confirmed by a notification"))
  }

  @Test func `for programs it prints the events, over a WebSocket as well`() throws {
    let said = try demo(["--json", "--transport", "websocket"])
    #expect(said.code == 0, "\(said)")
    let commands = try said.objects().filter { $0["type"]?.string == "recbridge.command.v1" }
    #expect(commands.last?["data"]?["grade"]?.string == "confirmed.notified")
  }

  @Test func `with --keep a report of what happened stays, made of a store that verifies`() throws {
    try withFolder { folder in
      let said = try demo(["--keep", "\(folder)/kept"])
      #expect(said.code == 0, "\(said)")
      let page = try #require(readText("\(folder)/kept/report.html"))
      #expect(page.contains("✓ Verified."))
      #expect(page.contains("<code>confirmed.notified</code>"))
    }
  }

  @Test func `a Stop that is not carried out is told to be unconfirmed, over a WebSocket too`()
    throws
  {
    let said = try demo(["--transport", "websocket", "--fault", "ignore-command"])
    #expect(said.code == 3, "\(said)")
    #expect(said.out.contains("an operator is told"))
  }

  @Test func `without its notification the Stop is confirmed by asking the platform`() throws {
    let said = try demo(["--fault", "swallow-notification"])
    #expect(said.code == 0, "\(said)")
    #expect(said.out.contains("confirmed by asking the platform"))
  }
}
