package import HTTPServer
package import Store

/// Why the daemon could not be started.
package enum DaemonError: Error, CustomStringConvertible {
  case store(StoreError)
  case socket(ServerError)
  /// What the configuration names as the audit's key is none.
  case key(String)
  /// More agents than the system grants file descriptors for.
  case descriptors(String)

  package var description: String {
    switch self {
    case .store(let error): error.description
    case .socket(let error): error.description
    case .descriptors(let refusal), .key(let refusal): refusal
    }
  }

  /// Whether the same start may succeed later without a change: somebody else is in the way now.
  package var isTemporary: Bool {
    switch self {
    case .store(let error): error.kind == .locked || error.kind == .full
    case .socket(let error): error.kind == .alreadyServed
    case .descriptors, .key: false
    }
  }
}
