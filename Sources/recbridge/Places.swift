import Configuration
import Glibc

/// Where the daemon's socket is.
enum SocketPath {
  static let installed = "/run/recbridge/recbridge.sock"

  /// What was asked for: the option, else the environment, else where a package puts it.
  static func chosen(_ arguments: Arguments) -> String {
    arguments.value(.socket) ?? environment("RECBRIDGE_SOCKET") ?? installed
  }

  /// ` --socket PATH` for printed commands, if they would not find the socket without it.
  static func hint(_ path: String) -> String {
    path == (environment("RECBRIDGE_SOCKET") ?? installed) ? "" : " --socket \(path)"
  }

  /// What keeps a client from connecting to `path`, as far as a look at the file shows it.
  static func problem(_ path: String) -> String? {
    if path.utf8.count > Configuration.socketPathSizeMax {
      return "the path has more than \(Configuration.socketPathSizeMax) bytes"
    }
    // The path is passed as a C string for the length of the call only.
    guard unsafe access(path, R_OK | W_OK) != 0 else { return "nobody listens there" }
    // The text belongs to the C library and is copied at once.
    return unsafe String(cString: strerror(errno))
  }

  private static func environment(_ name: String) -> String? {
    // Copied at once; nothing in this process changes the environment.
    let value = unsafe getenv(name).map { unsafe String(cString: $0) }
    return value?.isEmpty == true ? nil : value
  }
}

/// Where the database is.
enum StorePath {
  static let installed = "/var/lib/recbridge/store.db"

  static func chosen(_ arguments: Arguments) -> String {
    arguments.value(.store) ?? installed
  }
}

/// Where the simulator listens.
struct ListenAddress: Equatable, CustomStringConvertible {
  let host: String
  let port: UInt16

  static let standard = ListenAddress(host: "127.0.0.1", port: 8080)

  /// The address in `text`, or nil: an IPv4 address, a colon and a port.
  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 4, numbers.allSatisfy({ UInt8($0) != nil }) else { return nil }
    self.init(host: String(parts[0]), port: port)
  }

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  var description: String { "\(host):\(port)" }
}
