import CUV
import Glibc
package import Reactor

/// One thing asked of a worker thread: its libuv request and who waits for it.
///
/// From `didStart()` until its completion the object retains itself, for libuv refers to it.
@safe class LoopRequest {
  unowned let loop: EventLoop
  /// Owned: freed in `deinit`, which cannot run while libuv refers to it.
  let memory: UnsafeMutableRawPointer

  init(loop: EventLoop, kind: uv_req_type) {
    self.loop = loop
    // Safe: libuv names the size; 16 is the alignment of malloc, which libuv expects.
    unsafe memory = .allocate(byteCount: uv_req_size(kind), alignment: 16)
    // Before the call that starts it: a worker thread may begin at once.
    unsafe request.pointee.data = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { unsafe memory.deallocate() }

  /// Every request of libuv begins with the fields of `uv_req_t`.
  private var request: UnsafeMutablePointer<uv_req_t> {
    unsafe memory.assumingMemoryBound(to: uv_req_t.self)
  }

  /// To be called once libuv has accepted the request.
  final func didStart() {
    // Safe: balanced by `didEnd`, which libuv's completion callback calls exactly once.
    _ = unsafe Unmanaged.passRetained(self)
    loop.started(self)
  }

  /// To be called once, on the loop, when libuv is done with the request.
  final func didEnd() {
    loop.ended(self)
    // Safe: gives back the reference of `didStart()`; the caller holds another.
    unsafe Unmanaged.passUnretained(self).release()
  }

  /// Drops whoever waits, and the work itself unless a worker has begun it.
  func abandon() {
    // Safe: the request was started and has not ended. libuv refuses if a worker has begun it.
    unsafe uv_cancel(request)
  }

  /// The object of a request in one of its callbacks.
  ///
  /// Safe for a `data` that `init` of a `Request` has set: the object is retained until `didEnd`.
  static func object<Request: LoopRequest>(
    _ type: Request.Type, of data: UnsafeMutableRawPointer?
  ) -> Request? {
    guard let data = unsafe data else { return nil }
    return unsafe Unmanaged<Request>.fromOpaque(data).takeUnretainedValue()
  }
}

/// A name being looked up. Wraps `uv_getaddrinfo`.
private final class NameLookup: LoopRequest {
  let host: String
  private var completion: ((Result<[String], ReactorError>) -> Void)?

  init(
    loop: EventLoop, host: String,
    completion: @escaping (Result<[String], ReactorError>) -> Void
  ) {
    self.host = host
    self.completion = completion
    super.init(loop: loop, kind: UV_GETADDRINFO)
  }

  /// Zero, or libuv's reason for not even starting.
  func start() -> Int32 {
    // Safe: libuv copies the host and the hints; `data` is this object.
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = AF_UNSPEC
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    let code = unsafe uv_getaddrinfo(
      loop.uv, memory.assumingMemoryBound(to: uv_getaddrinfo_t.self),
      { request, status, answer in
        guard let request = unsafe request else { return }
        let lookup = unsafe LoopRequest.object(NameLookup.self, of: request.pointee.data)
        unsafe lookup?.ended(status, answer)
        unsafe uv_freeaddrinfo(answer)
      }, host, nil, &hints)
    if code == 0 { didStart() }
    return code
  }

  private func ended(_ status: Int32, _ answer: UnsafeMutablePointer<addrinfo>?) {
    didEnd()
    if status == 0 {
      unsafe completion?(.success(Self.addresses(answer)))
    } else {
      completion?(.failure(failure(status)))
    }
    completion = nil
  }

  func failure(_ code: Int32) -> ReactorError {
    ReactorError(operation: "look up", subject: "host \(host)", code: code)
  }

  /// Safe for a list of getaddrinfo that has not been freed.
  private static func addresses(_ list: UnsafeMutablePointer<addrinfo>?) -> [String] {
    var addresses: [String] = []
    var next = unsafe list
    while let entry = unsafe next {
      unsafe next = entry.pointee.ai_next
      // Safe: the buffer is as large as the longest numeric address with its end.
      let text = unsafe withUnsafeTemporaryAllocation(
        of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)
      ) { buffer -> String? in
        guard
          unsafe uv_ip_name(entry.pointee.ai_addr, buffer.baseAddress, buffer.count) == 0,
          let start = buffer.baseAddress
        else { return nil }
        return unsafe String(cString: start)
      }
      if let text, !addresses.contains(text) { addresses.append(text) }
    }
    return addresses
  }

  override func abandon() {
    completion = nil
    super.abandon()
  }
}

/// Work of a worker thread. Wraps `uv_queue_work`.
private final class Work: LoopRequest {
  /// Read by the worker, set before it starts.
  private let work: @Sendable () -> Void
  /// Touched by the loop's thread alone.
  private var completion: (() -> Void)?

  init(loop: EventLoop, work: @escaping @Sendable () -> Void, completion: @escaping () -> Void) {
    self.work = work
    self.completion = completion
    super.init(loop: loop, kind: UV_WORK)
  }

  func start() {
    // Safe: `data` is this object, retained until the second callback; the first runs on a worker
    // thread and touches only the immutable `work`.
    let code = unsafe uv_queue_work(
      loop.uv, memory.assumingMemoryBound(to: uv_work_t.self),
      { request in
        guard let request = unsafe request else { return }
        unsafe LoopRequest.object(Work.self, of: request.pointee.data)?.work()
      },
      { request, _ in
        guard let request = unsafe request else { return }
        unsafe LoopRequest.object(Work.self, of: request.pointee.data)?.ended()
      })
    precondition(code == 0, "uv_queue_work fails only without a callback")
    didStart()
  }

  private func ended() {
    didEnd()
    completion?()
    completion = nil
  }

  override func abandon() {
    completion = nil
    super.abandon()
  }
}

extension EventLoop {
  /// Looks `host` up on a worker thread; numeric addresses are answered too.
  ///
  /// libuv gives look-ups at most half of its four worker threads, so that a dead name server does
  /// not hold up `runOffLoop`.
  package func resolve(
    host: String, completion: @escaping (Result<[String], ReactorError>) -> Void
  ) {
    let lookup = NameLookup(loop: self, host: host, completion: completion)
    let code = lookup.start()
    guard code != 0 else { return }
    // Refused at once, as a name that is too long is; the caller is still told later.
    let failure = lookup.failure(code)
    runOffLoop({}, completion: { completion(.failure(failure)) })
  }

  /// Runs `work` on one of libuv's four worker threads, then `completion` on the loop.
  package func runOffLoop(
    _ work: @escaping @Sendable () -> Void, completion: @escaping () -> Void
  ) {
    Work(loop: self, work: work, completion: completion).start()
  }
}
