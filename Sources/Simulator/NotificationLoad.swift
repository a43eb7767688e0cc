/// Many numbered notifications that were ordered in one go.
struct NotificationLoad: Sendable {
  /// How fast they come.
  enum Pace: Sendable, Equatable {
    /// All at the same moment: what a session is given next is one backlog.
    case atOnce
    case perSecond(Int)
    /// As fast as they are taken: whenever fewer than this wait in the agent's newest session.
    case whileQueued(below: Int)
  }

  struct Target: Sendable {
    let agent: String
    let template: NotificationTemplate
  }

  let targets: [Target]
  let count: Int
  let pace: Pace
  let startedAt: Duration
  /// How many each target has got.
  var published = 0
}

/// An order of notifications.
package struct LoadPlan: Sendable {
  /// Nil for every agent.
  package var agent: String?
  /// For each agent.
  package var count: Int
  /// Each is padded to about this size; the number's digits vary. Nil leaves it as it is, some
  /// 1,300 bytes.
  package var sizeBytes: Int?
  package var perSecond: Int?
  package var queuedMax: Int?

  package init(agent: String? = nil, count: Int) {
    self.agent = agent
    self.count = count
  }
}
