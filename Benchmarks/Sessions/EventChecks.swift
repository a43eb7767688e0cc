import HTTP
import JSON
import Loop

/// Which agent got which calls, against which calls there are.
struct EventChecks {
  /// Requests to the switchboard at a time.
  private static let window = 100

  private(set) var cursor: String
  private var heard: [String: [String]] = [:]
  private(set) var seen = 0

  init(cursor: String) { self.cursor = cursor }

  /// One call for each agent; the calls by agent.
  static func createCalls(_ ground: Ground) throws -> [String: String] {
    var calls: [String: String] = [:]
    var next = 1
    var underWay = 0
    var trouble: String?
    func fill() {
      while underWay < window, next <= ground.agents {
        let agent = "agent\(next)"
        next += 1
        underWay += 1
        ground.send("POST", "/sim/calls", "{\"agent\":\"\(agent)\"}") { outcome in
          underWay -= 1
          guard case .response(let response) = outcome,
            let id = (try? JSONValue.parse(response.body))?["id"]?.string
          else {
            trouble = "the call of \(agent) was not made: \(outcome)"
            return
          }
          calls[agent] = id
        }
      }
    }
    let isDone = ground.loop.run(
      until: {
        fill()
        return trouble != nil || (underWay == 0 && next > ground.agents)
      }, within: .seconds(120))
    if let trouble { throw Trouble(description: trouble) }
    guard isDone else { throw Trouble(description: "the calls were not made in two minutes") }
    return calls
  }

  /// Lines of events.
  mutating func take(_ body: [UInt8]) throws {
    for line in body.split(separator: UInt8(ascii: "\n")) {
      let event = try JSONValue.parse(Array(line))
      guard let id = event["id"]?.string else { continue }
      cursor = id
      guard let agent = event["data"]?["agent"]?.string, let call = event["subject"]?.string
      else { continue }
      heard[agent, default: []].append(call)
      seen += 1
    }
  }

  /// Whatever is not as it should be.
  func findings(_ calls: [String: String]) -> [String] {
    var findings: [String] = []
    for (agent, call) in calls.sorted(by: { $0.key < $1.key }) {
      let got = heard[agent] ?? []
      if got != [call] { findings.append("\(agent) has call \(call) and got \(got)") }
    }
    for agent in heard.keys where calls[agent] == nil {
      findings.append("\(agent), whom nobody called, got \(heard[agent] ?? [])")
    }
    return findings
  }
}
