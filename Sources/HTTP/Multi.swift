import CCurl
import Reactor

/// One multi handle of curl on the reactor: its sockets are watched, its timer runs, and transfers
/// that are done are handed out.
///
/// No completion runs inside a call of curl: curl's callbacks only note what it wants.
///
/// Wraps `CURLM` and `curl_multi_socket_action`.
@safe final class Multi {
  /// Times that curl's wish to be called at once is granted in a row, before it waits for the next
  /// turn like everybody else.
  private static let immediateCalls = 8

  /// A transfer under way and who waits for it.
  private struct Running {
    let transfer: Transfer
    let completion: (CURLcode) -> Void
  }

  private let reactor: any Reactor
  /// Owned until `close()`.
  private var multi: UnsafeMutableRawPointer?
  private var watches: [Int32: any Watch] = [:]
  private var timer: (any ReactorTimer)?
  /// When curl wants to be called although nothing has happened, if `isDueNew`.
  private var due: Duration?
  private var isDueNew = false
  /// curl wants to be called at once.
  private var isCallWished = false
  /// The transfers under way by their easy handle's address.
  private var running: [UInt: Running] = [:]
  private var isHandingOut = false

  init(reactor: any Reactor) {
    self.reactor = reactor
    CurlLibrary.start()
    unsafe multi = curl_multi_init()
    guard let multi = unsafe multi else { fatalError("out of memory while opening a curl multi") }
    // Safe: this object outlives the multi handle, which `deinit` at the latest cleans up.
    let user = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, HTTPLimits.connectionsPerMulti)
    unsafe ccurl_multi_set_socket(
      multi,
      { _, descriptor, what, user, _ in
        unsafe Multi.of(user)?.watch(descriptor, what)
        return 0
      }, user)
    unsafe ccurl_multi_set_timer(
      multi,
      { _, milliseconds, user in
        unsafe Multi.of(user)?.wantCall(milliseconds)
        return 0
      }, user)
    timer = reactor.makeTimer { [weak self] in
      self?.isCallWished = false
      self?.act(on: CURL_SOCKET_TIMEOUT, 0)
    }
  }

  deinit { close() }

  /// Safe for the user data of `init`.
  private static func of(_ user: UnsafeMutableRawPointer?) -> Multi? {
    guard let user = unsafe user else { return nil }
    return unsafe Unmanaged<Multi>.fromOpaque(user).takeUnretainedValue()
  }

  var count: Int { running.count }

  /// Starts `transfer`; `completion` is called once, never before this returns, unless the transfer
  /// is removed first. The transfer must stay open until then.
  func add(_ transfer: Transfer, completion: @escaping (CURLcode) -> Void) {
    guard let multi = unsafe multi, let easy = unsafe transfer.easy else { return }
    running[UInt(bitPattern: easy)] = Running(transfer: transfer, completion: completion)
    // Safe: both handles are alive, and the easy one is in no multi.
    let code = unsafe curl_multi_add_handle(multi, easy)
    precondition(code == CURLM_OK, "curl refused a new transfer: it was in use or memory is out")
    // At once, and not when the timer that curl has asked for fires a millisecond later.
    let alive = call(CURL_SOCKET_TIMEOUT, 0)
    // What is done already is handed out later, by the timer.
    if alive < count { isCallWished = true }
    scheduleCall()
  }

  /// Ends `transfer` early, with its connection unless that is idle; its completion is not called.
  func remove(_ transfer: Transfer) {
    guard let multi = unsafe multi, let easy = unsafe transfer.easy,
      running.removeValue(forKey: UInt(bitPattern: easy)) != nil
    else { return }
    // Safe: the easy handle is in this multi. A result that was not read yet goes with it.
    unsafe curl_multi_remove_handle(multi, easy)
    scheduleCall()
  }

  /// Closes all connections; completions of what is still under way are not called. Idempotent.
  func close() {
    guard let multi = unsafe multi else { return }
    unsafe self.multi = nil
    // Safe: curl calls back no more after this, and is cleaned up once, without transfers. The
    // watches are cancelled before their descriptors close.
    unsafe ccurl_multi_set_socket(multi, nil, nil)
    unsafe ccurl_multi_set_timer(multi, nil, nil)
    for watch in watches.values { watch.cancel() }
    watches = [:]
    timer?.cancel()
    timer = nil
    for entry in running.values { unsafe curl_multi_remove_handle(multi, entry.transfer.easy) }
    running = [:]
    unsafe curl_multi_cleanup(multi)
  }
}

// Between curl and the reactor.
extension Multi {
  /// Something has happened: curl acts on it, then what is done is handed out.
  private func act(on descriptor: curl_socket_t, _ events: Int32) {
    _ = call(descriptor, events)
    handOut()
    scheduleCall()
  }

  /// Calls curl, and again while it wishes for that at once; the number of transfers not done.
  private func call(_ descriptor: curl_socket_t, _ events: Int32) -> Int {
    guard let multi = unsafe multi else { return 0 }
    var alive: Int32 = 0
    // Safe: the multi is alive, and no completion that could close it runs in here.
    unsafe curl_multi_socket_action(multi, descriptor, events, &alive)
    var calls = 0
    while isCallWished, calls < Self.immediateCalls {
      isCallWished = false
      calls += 1
      unsafe curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &alive)
    }
    return Int(alive)
  }

  /// Inside a call of curl: it wants to be called after that time, never if negative.
  private func wantCall(_ milliseconds: Int) {
    isCallWished = milliseconds == 0
    due = milliseconds > 0 ? reactor.now + .milliseconds(milliseconds) : nil
    isDueNew = true
  }

  /// Arms the timer for what curl has wished last. A spurious call does no harm.
  private func scheduleCall() {
    if isCallWished {
      timer?.start(after: .zero)
    } else if isDueNew {
      isDueNew = false
      if let due { timer?.start(after: due - reactor.now) } else { timer?.stop() }
    }
  }

  /// Calls the completions of what is done. They may start, cancel and close anything.
  private func handOut() {
    guard !isHandingOut else { return }
    isHandingOut = true
    defer { isHandingOut = false }
    var left: Int32 = 0
    // Safe: the message is read before its handle is removed, which frees it. `multi` is looked at
    // every time, for a completion may have closed it.
    while let multi = unsafe multi, let message = unsafe curl_multi_info_read(multi, &left) {
      guard unsafe message.pointee.msg == CURLMSG_DONE,
        let easy = unsafe message.pointee.easy_handle
      else { continue }
      let result = unsafe ccurl_result(message)
      unsafe curl_multi_remove_handle(multi, easy)
      running.removeValue(forKey: UInt(bitPattern: easy))?.completion(result)
    }
  }

  /// curl wants `descriptor` watched for something else. A descriptor that cannot be watched is
  /// left alone: its transfer ends by its own time limit.
  private func watch(_ descriptor: Int32, _ what: Int32) {
    if what == CURL_POLL_REMOVE {
      watches.removeValue(forKey: descriptor)?.cancel()
      return
    }
    var interest: Readiness = []
    if what & CURL_POLL_IN != 0 { interest.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { interest.insert(.writable) }
    if let watch = watches[descriptor] {
      watch.update(interest)
    } else {
      watches[descriptor] = try? reactor.watch(descriptor, for: interest) { [weak self] ready in
        var events: Int32 = 0
        if ready.contains(.readable) { events |= CURL_CSELECT_IN }
        if ready.contains(.writable) { events |= CURL_CSELECT_OUT }
        if ready.contains(.failed) { events |= CURL_CSELECT_ERR }
        self?.act(on: descriptor, events)
      }
    }
  }
}
