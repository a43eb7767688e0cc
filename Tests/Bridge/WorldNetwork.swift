import Bayeux
import Commands
import Evidence
import JSON

@testable import Bridge

/// What a network does to one request.
enum NetworkFault: CaseIterable {
  case none
  /// Not a byte reaches the server.
  case refused
  /// The request is lost; the client cannot know that.
  case requestLost
  /// The request arrives when its client has long given up.
  case requestLate
  /// The platform's own gateway takes us for a stranger, and nothing is done.
  case stranger
  case answerLost, answerReset
  /// The connection breaks within the answer's body.
  case answerCut
  case answerLate
}

extension World {
  var latency: Duration { random.milliseconds(1...latencyMax) }

  // MARK: - Out

  func send(_ request: PlatformRequest) {
    lastFlight += 1
    let number = lastFlight
    var command: String?
    if case .command(_, let id) = bridge.purposes[request.id] { command = id }
    if let command { checkSending(command) }
    if request.target.hasSuffix("/handshake") { checkHandshake(of: request.agent) }
    var fault = NetworkFault.none
    if now < calmAt, random.chance(faultPercent) { fault = random.pick(NetworkFault.allCases) }
    note("    send \(number) \(request.agent) \(request.target) \(fault) \(command ?? "")")
    flights[number] = Flight(
      request: request, process: process, fault: fault, command: command, after: disk.last,
      cookies: cookieHeader(of: request.agent))
    numbers[request.id] = number
    at(now + request.timeout, .timeOut(number))
    switch fault {
    case .refused:
      flights[number]?.isLost = true
      at(
        now + latency,
        .reach(
          number, .failed(reason: "refused", mayHaveReachedServer: false, partialBody: [])))
    case .requestLost: flights[number]?.isLost = true
    case .stranger:
      flights[number]?.isLost = true
      let body = Array(#"{"statusCode":20,"statusMessage":"Access denied"}"#.utf8)
      at(now + latency, .reach(number, .response(status: 403, headers: [], body: body)))
    case .requestLate: at(now + request.timeout + latency, .arrive(number))
    default: at(now + latency, .arrive(number))
    }
  }

  func cookieHeader(of agent: String) -> String? {
    guard let jar = jars[agent] else { return nil }
    return jar.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "; ")
  }

  /// What proves who asks.
  func credentials(of agent: String, _ cookies: String?) -> [Header] {
    let password = Base64.text(Array("\(agent):\(agent)-secret".utf8))
    return [Header("Authorization", "Basic " + password)]
      + (cookies.map { [Header("Cookie", $0)] } ?? [])
  }

  func cancel(_ id: RequestID) {
    guard let number = numbers[id], let flight = flights[number] else {
      return violate("a request is cancelled that never was")
    }
    note("    cancel \(number)")
    flights[number]?.isOpen = false
    if flight.hasArrived { at(now + latency, .leave(number)) }
  }

  // MARK: - There

  func arrive(_ number: UInt64) {
    guard var flight = flights[number], !flight.isLost else { return }
    flight.hasArrived = true
    flights[number] = flight
    let request = flight.request
    if let command = flight.command { checkArrival(of: command, number) }
    if request.target.hasSuffix("/connect") {
      checkAcknowledgement(in: request.body ?? [], of: request.agent)
    }
    let headers = request.headers + credentials(of: request.agent, flight.cookies)
    take(
      platform.arrive(
        number, method: request.method.rawValue, target: request.target,
        headers: headers.map { ($0.name, $0.value) },
        body: request.body ?? [], at: now))
    if !flight.isOpen { take(platform.leave(number, at: now)) }
  }

  // MARK: - Back

  func take(_ ends: [PlatformEnd]) {
    for end in ends {
      switch end {
      case .response(let number, let status, let headers, let body):
        answer(number, status, headers, body)
      case .cut(let number, _, let body): fail(number, "cut", body)
      case .dropped(let number): fail(number, "reset", [])
      case .socket(let end): take(end)
      }
    }
  }

  private func answer(
    _ number: UInt64, _ status: Int, _ headers: [(name: String, value: String)], _ body: [UInt8]
  ) {
    guard let flight = flights[number] else { return }
    if flight.command != nil { commandStatuses[number] = status }
    note("  \(number) answered \(status) \(String(decoding: body.suffix(120), as: UTF8.self))")
    let answer = Answer.response(
      status: status, headers: headers.map { Header($0.name, $0.value) }, body: body)
    switch flight.fault {
    case .answerLost: break
    case .answerReset: fail(number, "reset", [])
    case .answerCut:
      let size = Int.random(in: 0...body.count, using: &random)
      fail(number, "cut", Array(body.prefix(size)))
    case .answerLate: at(now + .seconds(15), .reach(number, answer))
    default: at(now + latency, .reach(number, answer))
    }
  }

  private func fail(_ number: UInt64, _ reason: String, _ partialBody: [UInt8]) {
    at(
      now + latency,
      .reach(
        number, .failed(reason: reason, mayHaveReachedServer: true, partialBody: partialBody)))
  }

  func reach(_ number: UInt64, _ answer: Answer) {
    guard let flight = flights[number], flight.isOpen, flight.process == process else { return }
    flights[number]?.isOpen = false
    if case .response(_, let headers, _) = answer {
      for header in headers where header.name == "Set-Cookie" {
        let pair = header.value.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
        jars[flight.request.agent, default: [:]][String(pair[0])] = String(pair[1])
      }
    }
    feed(.answered(flight.request.id, answer))
  }
}
