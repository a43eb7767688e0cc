@testable import Simulator

/// What the platform does to a WebSocket, by its number.
enum PlatformSocketEnd {
  case message(UInt64, [UInt8])
  case closed(UInt64, code: Int)
  case reset(UInt64)
  /// It stays open, and nothing comes or is answered any more.
  case silenced(UInt64)
}

extension Platform {
  /// - Returns: the status of a refusal, nil if it is open.
  mutating func openSocket(
    _ number: UInt64, target: String, headers: [(name: String, value: String)], at time: Duration
  ) -> (status: Int?, ends: [PlatformEnd]) {
    let request = Platform.request("GET", target, headers, [])
    var status: Int?
    let ends = change(at: time) { model in
      if case .refused(let refusal) = model.socketOpened(GWSSocketID(number), request, at: time) {
        status = refusal
      }
    }
    return (status, ends)
  }

  mutating func receive(_ bytes: [UInt8], on number: UInt64, at time: Duration) -> [PlatformEnd] {
    change(at: time) { $0.socketMessage(GWSSocketID(number), bytes, at: time) }
  }

  mutating func loseSocket(_ number: UInt64, at time: Duration) -> [PlatformEnd] {
    change(at: time) { $0.socketClosed(GWSSocketID(number), at: time) }
  }

  /// It neither reads nor writes.
  func isSilent(_ number: UInt64) -> Bool {
    model.sockets[GWSSocketID(number)]?.isSilent ?? false
  }
}
