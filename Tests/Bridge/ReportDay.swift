import Commands
import JSON
import Report
import Testing

@testable import Bridge
@testable import Simulator

/// A day of one agent, made from a seed: calls that are recorded, paused and stopped, some Stops
/// that nobody ever sees, sessions that are lost. What is written is what the bridge writes.
struct ReportDay {
  private(set) var scene: Scene
  private var random: SeededGenerator
  private var asks: UInt64 = 1_000
  private var live: [String: String] = [:]

  /// - Parameters:
  ///   - calls: how many.
  ///   - unconfirmed: how many of them have a Stop that nothing shows.
  ///   - gaps: how many sessions are lost, besides the gap that every start is.
  init(calls: Int, unconfirmed: Int, gaps: Int, seed: UInt64) throws {
    random = SeededGenerator(seed: seed)
    scene = try Scene()
    scene.feed(.occurred(.started(Self.launch)))
    try scene.settle()
    for index in 0..<calls {
      let isLost = gaps > 0 && index % (calls / gaps) == calls / gaps / 2
      let isUnseen = unconfirmed > 0 && index % (calls / unconfirmed) == 1
      try call(index, isUnseen: isUnseen, isLost: isLost)
      if index % 5 == 0 { scene.feed(.occurred(.heartbeat)) }
    }
    scene.feed(.occurred(.stopped))
  }

  private static let launch = Launch(
    version: "0.1.0", site: "hq", platform: "https://gws.example", profile: "gws-v2",
    agents: ["alice"], deadline: .seconds(10), uids: [], gids: [], uid: 990, key: nil,
    endorsement: nil, heartbeat: .seconds(60),
    configuration: Fingerprint(parts: [], digest: ""))

  /// The entries, as the store would number them.
  var entries: [ReportEntry] {
    scene.entries.enumerated().map { ReportEntry($0.element, number: Int64($0.offset) + 1) }
  }

  // MARK: - A call

  private mutating func call(_ index: Int, isUnseen: Bool, isLost: Bool) throws {
    let id = "CALL\(index + 1)" + random.text(24, of: "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
    let file = "\(id)_5001_1555010\(index % 10)_5001_2027-01-15"
    try hear("Recording", id, file)
    try idle(.milliseconds(Int.random(in: 4_000...40_000, using: &random)))
    if isLost { try loseSession() }
    if Int.random(in: 0..<100, using: &random) < 60 {
      try ask(.pause, "Paused", id, file)
      try idle(.milliseconds(Int.random(in: 5_000...25_000, using: &random)))
      try ask(.resume, "Recording", id, file)
      try idle(.milliseconds(Int.random(in: 2_000...9_000, using: &random)))
    }
    if isUnseen {
      try askUnseen(id, index)
    } else {
      try ask(.stop, "Stopped", id, file)
      try idle(.milliseconds(Int.random(in: 1_000...9_000, using: &random)))
    }
    live[id] = nil
    try scene.hear(Scene.released(id), type: "StatusChange")
    try idle(.milliseconds(Int.random(in: 10_000...30_000, using: &random)))
  }

  private mutating func ask(
    _ operation: Operation, _ state: String, _ id: String, _ file: String
  ) throws {
    scene.ask(operation, id)
    scene.pass(.milliseconds(Int.random(in: 5...40, using: &random)))
    try scene.answer("/calls/\(id)", #"{"statusCode":0}"#)
    let isSlow = Int.random(in: 0..<50, using: &random) == 0
    scene.pass(.milliseconds(Int.random(in: isSlow ? 900...4_000 : 20...260, using: &random)))
    try hear(state, id, file)
  }

  /// Accepted, and then nothing; every other one is seen to.
  private mutating func askUnseen(_ id: String, _ index: Int) throws {
    scene.ask(.stop, id)
    try scene.answer("/calls/\(id)", #"{"statusCode":0}"#)
    try idle(.seconds(11))
    let command = try #require(scene.commands.last)
    try #require(command.grade == .unconfirmed)
    guard index % 2 == 0 else { return }
    asks += 1
    try idle(.seconds(4))
    scene.feed(
      .acknowledged(
        AskID(rawValue: asks),
        AcknowledgementAsk(
          command, sequence: 1, by: Origin(uid: 1_007, gid: 1_007, name: "eve"),
          why: "listened to it: no card number after 00:41")))
  }

  private mutating func hear(_ state: String, _ id: String, _ file: String) throws {
    let call = Scene.call(state, id, more: #","GSIP_REC_FN":"\#(file)""#)
    live[id] = call
    try scene.hear(call)
  }

  /// Time passes, and connects that nothing is to be told of are answered.
  private mutating func idle(_ time: Duration) throws {
    var rest = time
    while rest > .zero {
      let step = min(rest, .seconds(5))
      scene.pass(step)
      try scene.answerBayeux(Scene.connect)
      rest -= step
    }
  }

  private mutating func loseSession() throws {
    let connect = try #require(scene.requests.first { $0.target.hasSuffix(Scene.connect) })
    let number = try #require(
      Array(try JSONValue.parse(connect.body ?? []).elements).first?["id"]?.string)
    scene.pass(.seconds(3))
    try scene.answer(
      Scene.connect,
      #"[{"id":"\#(number)","channel":"/meta/connect","successful":false,"#
        + #""error":"402::Unknown client","advice":{"reconnect":"handshake"}}]"#)
    while !scene.isOpen(Scene.handshake) { scene.pass(.seconds(1)) }
    scene.pass(.seconds(2))
    try scene.connectUp()
    try scene.answer(
      Scene.snapshot, "{\"statusCode\":0,\"calls\":[\(live.values.joined(separator: ","))]}")
  }
}

extension ReportEntry {
  init(_ entry: Entry, number: Int64) {
    self.init(number: number, type: entry.type.rawValue, time: entry.wall, record: entry.record)
  }
}
