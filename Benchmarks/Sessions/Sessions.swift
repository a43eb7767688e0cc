import Glibc
import HTTP
import JSON
import Loop
import TestSupport

/// Thousands of sessions in one daemon against the simulator, each a process of its own: how long
/// connecting takes, what a session costs in memory and in processor time while nothing happens,
/// and whether each agent gets its own events and nobody else's.
@main
enum Sessions {
  static func main() {
    guard let plan = Plan(Array(CommandLine.arguments.dropFirst())) else {
      print(Plan.usage)
      exit(64)
    }
    do {
      let few = try withFolder { try measureFew(plan, in: $0) }
      let isRight = try withFolder { try measure(plan, fewBytes: few, in: $0) }
      exit(isRight ? 0 : 1)
    } catch {
      print("sessions: \(error)")
      exit(1)
    }
  }

  /// Resident memory of a daemon with few sessions.
  private static func measureFew(_ plan: Plan, in folder: String) throws -> Int {
    let ground = try Ground(plan, agents: plan.fewAgents, in: folder)
    defer { ground.end() }
    try ground.waitUntilReady()
    return ground.residentBytes
  }

  private static func measure(_ plan: Plan, fewBytes: Int, in folder: String) throws -> Bool {
    let ground = try Ground(plan, agents: plan.agents, in: folder)
    defer { ground.end() }
    let begin = ground.loop.now
    try ground.waitUntilReady()
    let scheme = plan.certificate == nil ? "plain" : "TLS"
    print("\(plan.agents) sessions, \(scheme)")
    say("every agent observed after", seconds(ground.loop.now - begin))
    say("processor time for that", seconds(ground.daemon.processorTime))
    reportMemory(ground, "once connected", plan, fewBytes)
    say("file descriptors", String(ground.descriptorCount))
    try reportIdle(ground, plan.idle)
    reportMemory(ground, "after the idle time", plan, fewBytes)
    try reportDocuments(ground)
    let isRight = try reportEvents(ground)
    reportMemory(ground, "after the notifications", plan, fewBytes)
    return isRight
  }

  private static func reportMemory(_ ground: Ground, _ when: String, _ plan: Plan, _ few: Int) {
    let bytes = ground.residentBytes
    let each = Double(bytes - few) / Double(plan.agents - plan.fewAgents) / 1_024
    say("memory \(when)", "\(bytes >> 20) MiB, \(rounded(each)) KiB a session")
  }

  /// A second at a time: those in which no poll ended say what the sessions cost by being there, and
  /// the others what one of their requests costs.
  private static func reportIdle(_ ground: Ground, _ time: Duration) throws {
    var (silent, busy) = ([Duration](), [Duration]())
    var answered = 0
    var requests = try ground.requestCount()
    var used = ground.daemon.processorTime
    for _ in 0..<Int(time / .seconds(1)) {
      usleep(1_000_000)
      let (nowRequests, nowUsed) = (try ground.requestCount(), ground.daemon.processorTime)
      // The look itself is no request of the platform's.
      answered += Int(nowRequests - requests)
      if nowRequests == requests {
        silent.append(nowUsed - used)
      } else {
        busy.append(nowUsed - used)
      }
      (requests, used) = (nowRequests, nowUsed)
    }
    let silentTime = silent.reduce(.zero, +)
    say("seconds without a request", String(silent.count))
    if !silent.isEmpty {
      say(
        "  processor time",
        "\(rounded(silentTime / .seconds(1) / Double(silent.count) * 100)) % of a core")
    }
    say("seconds with requests", "\(busy.count), \(answered) requests")
    if answered > 0 {
      let each = (busy.reduce(.zero, +) - silentTime / max(1, silent.count) * busy.count) / answered
      say("  processor time of one", "\(rounded(each / .microseconds(1))) us")
    }
  }

  /// How long the loop is kept by the documents that name every agent.
  private static func reportDocuments(_ ground: Ground) throws {
    for path in ["/readyz", "/v1/sessions"] {
      // Processor time is counted in hundredths of a second.
      let times = 40
      let used = ground.daemon.processorTime
      for _ in 0..<times { _ = try ground.ask("GET", path, onSocket: true) }
      let each = (ground.daemon.processorTime - used) / times
      say("GET \(path)", "\(rounded(each / .milliseconds(1))) ms of the loop")
    }
  }

  /// One call for each agent; true if each got its own and nobody else's.
  private static func reportEvents(_ ground: Ground) throws -> Bool {
    let health = try JSONValue.parse(try ground.ask("GET", "/healthz", onSocket: true))
    guard let store = health["store"]?.string, let latest = health["latest"]?.integer else {
      throw Trouble(description: "/healthz names no cursor")
    }
    var checks = EventChecks(cursor: "\(store).\(latest)")
    let begin = ground.loop.now
    let calls = try EventChecks.createCalls(ground)
    let (created, used) = (ground.loop.now - begin, ground.daemon.processorTime)
    while checks.seen < ground.agents, ground.loop.now - begin < .seconds(60) {
      let path = "/v1/events?after=\(checks.cursor)&type=recbridge.call.v1&limit=5000&wait=5"
      try checks.take(try ground.ask("GET", path, onSocket: true))
    }
    let findings = checks.findings(calls)
    say("\(ground.agents) notifications created in", seconds(created))
    say("  all published after", seconds(ground.loop.now - begin))
    say("  processor time after that", seconds(ground.daemon.processorTime - used))
    say("  each its own, nobody else's", findings.isEmpty ? "yes" : "NO")
    for finding in findings.prefix(10) { print("    \(finding)") }
    return findings.isEmpty
  }

  private static func say(_ what: String, _ figure: String) {
    print("  " + what + String(repeating: " ", count: max(1, 36 - what.count)) + figure)
  }

  private static func rounded(_ number: Double) -> String {
    let tenths = Int((number * 10).rounded())
    return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
  }

  private static func seconds(_ duration: Duration) -> String {
    rounded(duration / .seconds(1)) + " s"
  }
}
