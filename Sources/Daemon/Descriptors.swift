import Glibc
import HTTP

/// The file descriptors that a daemon needs, and those that the system grants it.
///
/// Each agent may have two connections at a time, whatever its transport: one on which it listens
/// and one for everything else. That is the peak, when every agent sends something at once; idle
/// connections are shared by all agents, so that in quiet times there is hardly more than one each.
package struct Descriptors: Equatable, Sendable {
  package static let perAgent = 2
  /// Standard streams, the loop's own, the store with its log and a checkpoint's, the socket, the
  /// files of a configuration that is read again: about 30, and as many again.
  package static let fixed = 64
  /// The least that is left for the clients of the socket: enough for every subscriber and a person
  /// with a shell.
  package static let clientsMin = 64

  /// What the system grants.
  package let limit: Int

  package init(limit: Int) { self.limit = limit }

  /// Takes all that the system grants: the soft limit is raised to the hard one.
  package static func take() -> Descriptors {
    var limit = rlimit()
    // Safe: the variable is valid during both calls, which neither keep it.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return Descriptors(limit: 1_024)  // What every Linux grants; the call cannot fail.
    }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Descriptors(limit: Int(clamping: limit.rlim_cur))
  }

  /// What is needed for so many agents and clients.
  package static func needed(agents: Int, clients: Int = clientsMin) -> Int {
    agents * perAgent + others(agents) + clients
  }

  /// What belongs to no agent and no client: curl takes two for each of its multis.
  private static func others(_ agents: Int) -> Int {
    fixed + 2 * (agents * perAgent / HTTPLimits.exchangesPerMulti + 1)
  }

  /// How many clients of the socket there is room for, at most `wanted`; nil when there is not
  /// enough for the agents.
  package func clients(besides agents: Int, wanted: Int) -> Int? {
    let room = limit - Descriptors.needed(agents: agents, clients: 0)
    return room >= Descriptors.clientsMin ? min(room, wanted) : nil
  }

  /// Why so many agents are too many, and what to do.
  package func refusal(agents: Int, clients: Int = clientsMin) -> String {
    """
    \(agents) agents need \(Self.needed(agents: agents, clients: clients)) file descriptors \
    (\(Self.perAgent) each, \(clients) for clients of the socket, \(Self.others(agents)) others), \
    but the system grants \(limit); set LimitNOFILE= in the service's unit, or ulimit -Hn, to more
    """
  }
}
