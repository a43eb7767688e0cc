import HTTP
import JSON
import Testing

/// Against a Bayeux server that we did not write. One after the other, because each runs two
/// processes and one measures.
@Suite(.serialized) struct FayeTests {
  @Test func `a stop while the server holds a connect says goodbye within the limit`() throws {
    try withScene { scene in
      let faye = try FayeServer(scene)
      let bridge = try RunningBridge(scene, platform: faye.platform)
      try bridge.waitUntilReady()
      #expect(faye.sessions == 1)
      bridge.stop()
      #expect(faye.sessions == 0)
    }
  }
}

extension FayeServer {
  /// Of the configuration.
  var platform: String { "profile: bayeux, url: \"\(url)\", channels: [\(Self.channel)]" }
}
