import Bayeux
import JSON
import TestSupport

// MARK: - The world

extension Simulation {
  mutating func perform(_ action: Action) {
    switch action {
    case .start: feed(.start)
    case .stop: feed(.stop)
    case .kill: if isUp { death = Death.allCases.randomElement(using: &random) }
    case .boot: boot()
    case .timer:
      // One timer, as asked; and now and then one that nobody asked for.
      guard wake == now || Int.random(in: 0..<20, using: &random) == 0 else { return }
      feed(.timer)
    case .journaled(let batch):
      durable = max(durable, batch)
      feed(.journaled(batch: batch))
    case .publish(let count):
      for _ in 0..<count {
        published.append(now)
        let isPoisoned =
          now < Simulation.faultsEnd && Int.random(in: 0..<4000, using: &random) < faultRate
        if isPoisoned { server.poisoned.insert(published.count - 1) }
        spread(server.publish(published.count - 1, at: now))
      }
    case .trouble: trouble()
    case .wireTrouble: wireTrouble()
    case .wire(let key, let action): perform(action, on: key)
    case .repair:
      server.refusedChannels = []
      losesCookies = false
    case .hold: spread(server.tick(at: now))
    case .arrive(let id, let body, let fault, let cookie): arrive(id, body, fault, cookie)
    case .leave(let answer):
      switch answer.line {
      case .http(let id): leave(answer, id)
      case .socket(let key): leave(answer, on: key)
      }
    case .reach(let id, let reply):
      open[id] = nil
      if let cookie = server.cookies.removeValue(forKey: .http(id)), !losesCookies {
        jar.browser = cookie
      }
      if let own = process.local(id) { feed(.replied(own, reply)) }
    case .timeout(let id):
      guard open.removeValue(forKey: id) != nil, let own = process.local(id) else { return }
      feed(.replied(own, .failed(TransportFailure(reason: "timeout", mayHaveReachedServer: true))))
    }
  }

  mutating func feed(_ input: Session.Input) {
    if trace != nil { trace?.append("\(now) > \(input.line)") }
    guard isUp else { return }
    steps += 1
    let effects = session.handle(input, at: now)
    status = session.status
    if death == .beforeCommit { return die() }
    commit(effects)
    if death == .afterCommit { return die() }
    for effect in effects {
      if trace != nil { trace?.append("    \(effect.line)") }
      obey(effect)
      if death == .betweenEffects, Bool.random(using: &random) { return die() }
    }
    if status.generation > generation {
      generation = status.generation
      granted.append(now)
      let lately = granted.count { now - $0 < .seconds(60) }
      if lately > 6 { violate("\(lately) handshakes granted within a minute") }
    }
  }

  private mutating func trouble() {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: spread(server.forgetAll())
    case 1: spread(server.sayGoodbye(at: now))
    case 2: spread(server.adviseNone(at: now))
    case 3: server.refusedChannels = ["/v2/me/calls"]
    case 4: feed(.start)
    default: server.refusedChannels = []
    }
  }

  mutating func spread(_ answers: [FakeServer.Answer]) {
    for answer in answers { at(max(now, answer.at ?? now), .leave(answer)) }
  }

  mutating func carry(_ exchange: Exchange) {
    let id = process.global(exchange.id)
    open[id] = exchange
    at(now + exchange.timeout, .timeout(id))
    var fault = Fault.none
    if now < Simulation.faultsEnd, Int.random(in: 0..<100, using: &random) < faultRate {
      fault = Fault.allCases.randomElement(using: &random) ?? .none
    }
    faults[id] = fault
    let back = now + latency + latency
    switch fault {
    case .refused:
      at(
        back,
        .reach(
          id,
          .failed(
            TransportFailure(reason: "connection refused", mayHaveReachedServer: false))))
    case .requestLost: break
    case .html: at(back, .reach(id, response(200, "<html>Please log in</html>")))
    case .status401: at(back, .reach(id, response(401, "")))
    case .status403:
      at(back, .reach(id, response(403, "Missing or invalid Csrf token")))
    case .status404: at(back, .reach(id, response(404, "")))
    case .status429: at(back, .reach(id, response(429, "", retryAfter: .seconds(3))))
    case .status503: at(back, .reach(id, response(503, "", retryAfter: .seconds(2))))
    default: at(now + latency, .arrive(id, exchange.body, fault, cookie: jar.value))
    }
  }

  private func response(
    _ status: Int, _ body: String, retryAfter: Duration? = nil
  ) -> Session.Reply {
    .response(status: status, body: Array(body.utf8), retryAfter: retryAfter)
  }

  private mutating func arrive(
    _ id: ExchangeID, _ body: [UInt8], _ fault: Fault, _ cookie: String?
  ) {
    spread(server.receive(body, over: .http(id), cookie: cookie, at: now))
    at(now + server.hold, .hold)
  }

  /// The answer leaves the server; what becomes of it on the way depends on the exchange's fault.
  private mutating func leave(_ answer: FakeServer.Answer, _ id: ExchangeID) {
    let back = now + latency
    guard !answer.messages.isEmpty else { return at(back, .reach(id, response(500, ""))) }
    var messages = answer.messages
    // The reply on the other side of the notifications than this dialect has it.
    if faults[id] == .swapped, server.dialect == .faye {
      messages.append(messages.removeFirst())
    } else if faults[id] == .swapped {
      messages.insert(messages.removeLast(), at: 0)
    }
    if faults[id] == .malformed {
      let index = Int.random(in: messages.indices, using: &random)
      messages[index] = messages[index].replacing(":true", with: ":treu")
        .replacing("\"n\":", with: "\"n\":0")
    }
    let text = "[" + messages.joined(separator: ",") + "]"
    let whole = response(200, text)
    switch faults[id] {
    case .answerLost: break
    case .answerReset, .status502:
      let failure = TransportFailure(reason: "connection reset", mayHaveReachedServer: true)
      at(back, .reach(id, faults[id] == .status502 ? response(502, "") : .failed(failure)))
    case .cut, .cutWhole:
      let part = Array(text.utf8.prefix(Int.random(in: 1..<text.utf8.count, using: &random)))
      let failure = TransportFailure(
        reason: "connection reset", mayHaveReachedServer: true, partialBody: part)
      at(
        back,
        .reach(
          id,
          faults[id] == .cut
            ? .failed(failure) : .response(status: 200, body: part, retryAfter: nil)))
    case .empty: at(back, .reach(id, response(200, "")))
    case .noContent: at(back, .reach(id, response(204, "")))
    case .status500: at(back, .reach(id, response(500, "")))
    case .late: at(back + (open[id]?.timeout ?? .zero), .reach(id, whole))
    case .twice:
      at(back, .reach(id, whole))
      at(back + .milliseconds(700), .reach(id, whole))
    default: at(back, .reach(id, whole))
    }
  }
}

// MARK: - The promises, effect by effect

extension Simulation {
  mutating func obey(_ effect: Session.Effect) {
    if !(!hasStopped) { violate("an effect after stopped: \(effect)") }
    countEffect(effect)
    switch effect {
    case .send(let exchange):
      checkSend(exchange)
      carry(exchange)
    case .cancel(let id):
      if open.removeValue(forKey: process.global(id)) == nil {
        violate("cancels \(id), long over")
      }
    case .open(let id): openWire(id)
    case .transmit(let id, let bytes): transmit(bytes, id)
    case .close(let id): closeWire(id)
    case .forgetCookies:
      reached.forgotCookies += 1
      jar = Jar()
    case .deliver(let batch, _):  // Taken when it was committed.
      if !(batch == undurable + 1) { violate("batch \(batch) follows \(undurable)") }
      undurable = batch
      at(now + latency, .journaled(batch))
    case .quarantine(let malformed):
      if !(!malformed.bytes.isEmpty) { violate("nothing in quarantine") }
    case .wake(let time):
      if time <= now { violate("asks to be woken in the past") }
      wake = time
      at(time, .timer)
    case .changed(let change):
      if !(change != lastChange) { violate("told twice: \(change)") }
      lastChange = change
    case .ready, .resumed, .continued, .interrupted: break  // Published when they were committed.
    case .notResumed: checkNotResumed()
    case .authenticationNeeded: at(now + latency, .start)
    case .stopped: hasStopped = true
    }
  }

  mutating func closeGap(_ word: String) {
    guard let from = gap else { return violate("\(word) without an interruption") }
    gaps.append((from, now))
    gap = nil
  }

  mutating func take(_ delivery: Delivery) {
    guard let number = delivery.data?["n"]?.integer.map(Int.init) else {
      return violate("delivered what was not published")
    }
    if !(delivered.insert(number).inserted) { violate("notification \(number) delivered twice") }
    if status.usesAck {
      if !(number > lastInOrder) { violate("notification \(number) after \(lastInOrder)") }
      lastInOrder = number
    }
  }

  private mutating func checkSend(_ exchange: Exchange) {
    // It goes over HTTP because the session has given up its socket, whatever that still brings.
    if exchange.kind == .subscribe {
      for (key, wire) in wires where wire.isOurs && wire.isOpen { wires[key]?.isDrained = true }
    }
    for other in open.values where other.kind == exchange.kind {
      violate("a second \(exchange.kind.rawValue) while one is outstanding")
    }
    checkMessages(exchange.body, exchange.kind)
    if exchange.kind == .handshake {
      if !(open.isEmpty) { violate("a handshake beside other exchanges") }
      for (key, wire) in wires where wire.isOurs { violate("a handshake beside socket \(key)") }
    }
  }

  /// Whatever it goes over.
  mutating func checkMessages(_ body: [UInt8], _ kind: Exchange.Kind) {
    exchangesSent += 1
    // A burst over a way that breaks at once after each notification may add to the pace.
    let rate = 40 + 12 * Int(now / .seconds(1)) + 2 * published.count
    if !(exchangesSent <= rate) { violate("a hot loop: \(exchangesSent) exchanges") }
    let messages = (try? JSONValue.parse(body)).map { Array($0.elements) } ?? []
    for message in messages {
      let isNew = messageIDs.insert(message["id"]?.string ?? "").inserted  // In this process.
      if !(isNew) { violate("a message id is used again") }
    }
    if kind != .subscribe {
      if !(messages.count == 1) { violate("not alone in its request") }
    }
    if kind == .connect {
      if !(durable == undurable) {
        violate("a connect leaves before batch \(undurable) is on disk")
      }
      if open.values.contains(where: { $0.kind == .connect && $0.body != body }) {
        violate("a connect while one is outstanding over HTTP")
      }
      for (key, wire) in wires where wire.isOurs && wire.awaitsConnect(at: now) {
        violate("a connect while one is outstanding over socket \(key)")
      }
    }
  }

  private mutating func countEffect(_ effect: Session.Effect) {
    if case .deliver = effect { return }
    effects += 1
    let bound = 200 + 40 * Int(now / .seconds(1)) + 8 * published.count
    if effects > bound { violate("busy: \(effects) effects") }
  }
}
