import CMicroHTTPD
import Glibc

/// A listening Unix socket whose file has the right mode from its first moment, in a folder where
/// nobody else can swap it, and which never takes the place of one that is being served.
struct UnixListener {
  let descriptor: Int32
  private let path: String
  /// Which file is ours: another process may have replaced it since.
  private let device: dev_t
  private let inode: ino_t

  /// How often, every 10 ms, the folder's lock is tried: one second is far more than anybody needs
  /// between the look and the bind.
  private static let lockAttempts = 100

  /// Two processes that start at the same time both look for an answer at the path. The lock on the
  /// folder makes one wait until the other listens, so that it is found alive.
  init(path: String, mode: UInt32) throws(ServerError) {
    let failure = Failure(path)
    guard let address = SocketAddress(unixPath: path) else {
      throw failure(
        .invalidAddress, "the path is empty or longer than the 107 bytes a Unix socket may have",
        "choose a shorter path")
    }
    let folder = try Self.openFolder(of: path, failure)
    // Closing the folder also gives up its lock.
    defer { _ = close(folder) }
    try Self.lock(folder, failure)
    try Self.makeRoom(at: path, address, failure)

    let socket = cmhd_stream_socket(AF_UNIX)
    guard socket >= 0 else { throw failure(.system, systemError(), "check the open file limit") }
    // The file is made with the socket's own mode less the umask (Linux, af_unix.c), so it never
    // has too many rights; what the umask took is given back after the bind. The umask itself is
    // left alone: it belongs to the whole process, and what another thread makes or starts in this
    // instant would have ours.
    //
    // The address is valid for the length its own initializer computed.
    guard fchmod(socket, mode_t(mode)) == 0,
      unsafe address.withPointer({ unsafe bind(socket, $0, $1) }) == 0
    else {
      let bindError = systemError()
      _ = close(socket)
      throw failure(.system, bindError, "check who may write to the folder")
    }
    var status = stat()
    // The calls read the path and keep nothing; `status` is read only if it was written.
    guard unsafe chmod(path, mode_t(mode)) == 0,
      Glibc.listen(socket, ServerLimits.backlog) == 0, unsafe lstat(path, &status) == 0
    else {
      let cause = systemError()
      _ = close(socket)
      throw failure(.system, cause, "check the folder")
    }
    descriptor = socket
    self.path = path
    device = status.st_dev
    inode = status.st_ino
  }

  /// Closes the socket, and removes its file if it is still the one made here.
  func closeAndRemove() {
    var status = stat()
    // `status` is read only if the call succeeded.
    let isOurs =
      unsafe lstat(path, &status) == 0 && status.st_dev == device && status.st_ino == inode
    // The call reads the path and keeps nothing; so do open and the other unlink below.
    if isOurs { _ = unsafe unlink(path) }
    _ = close(descriptor)
  }

  private struct Failure {
    let path: String
    init(_ path: String) { self.path = path }

    func callAsFunction(
      _ kind: ServerError.Kind, _ cause: String, _ nextStep: String
    ) -> ServerError {
      ServerError(
        kind, operation: "listen on socket", subject: path, cause: cause, nextStep: nextStep)
    }
  }

  private static func openFolder(
    of path: String, _ failure: Failure
  ) throws(ServerError) -> Int32 {
    var name = "."
    if let slash = path.lastIndex(of: "/") {
      name = slash == path.startIndex ? "/" : String(path[..<slash])
    }
    let folder = unsafe open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw failure(
        isMissing ? .directoryMissing : .system, "folder \(name): \(systemError())",
        "create the folder and let the daemon's user read and write it")
    }
    var status = stat()
    // `status` is read only if the call succeeded.
    guard unsafe fstat(folder, &status) == 0 else {
      let cause = systemError()
      _ = close(folder)
      throw failure(.system, "folder \(name): \(cause)", "check the folder")
    }
    // With the sticky bit only the owner of a file may remove it (as in /tmp).
    let isOpenToAll = status.st_mode & S_IWOTH != 0 && status.st_mode & S_ISVTX == 0
    guard !isOpenToAll else {
      _ = close(folder)
      throw failure(
        .directoryUnsafe, "everybody may write to \(name), so anybody could replace the socket",
        "run chmod o-w on the folder, or use one of its own such as /run/recbridge")
    }
    return folder
  }

  private static func lock(_ folder: Int32, _ failure: Failure) throws(ServerError) {
    for _ in 0..<lockAttempts {
      if flock(folder, LOCK_EX | LOCK_NB) == 0 { return }
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw failure(.system, "lock on its folder: \(systemError())", "use a local file system")
      }
      _ = usleep(10_000)
    }
    throw failure(
      .system, "another process holds a lock on its folder",
      "end what else is starting there and try again")
  }

  /// Removes a socket that nobody serves; refuses to touch anything else.
  private static func makeRoom(
    at path: String, _ address: SocketAddress, _ failure: Failure
  ) throws(ServerError) {
    var status = stat()
    // `status` is read only if the call succeeded.
    guard unsafe lstat(path, &status) == 0 else {
      if errno == ENOENT { return }
      throw failure(.system, systemError(), "check who may read the folder")
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      throw failure(
        .notASocket, "a file that is not a socket is in the way, and it is left as it is",
        "move the file away or choose another path")
    }
    let probe = cmhd_stream_socket(AF_UNIX)
    guard probe >= 0 else { throw failure(.system, systemError(), "check the open file limit") }
    defer { _ = close(probe) }
    // The address is valid for the length its own initializer computed.
    let answer = unsafe address.withPointer { unsafe connect(probe, $0, $1) }
    // EAGAIN: somebody listens and the backlog is full.
    if answer == 0 || errno == EAGAIN {
      throw failure(
        .alreadyServed, "another process serves this socket",
        "stop it first, or choose another path")
    }
    guard errno == ECONNREFUSED else {
      throw failure(
        .system, "cannot tell whether it is served: \(systemError())",
        "check who owns the socket, and remove it by hand if nobody serves it")
    }
    guard unsafe unlink(path) == 0 else {
      throw failure(
        .system, "the socket of an earlier run cannot be removed: \(systemError())",
        "remove it by hand")
    }
  }
}
