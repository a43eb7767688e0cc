import Glibc

/// Tells whether a path still names the same file with the same content.
struct FileIdentity: Equatable {
  private let device: UInt
  private let inode: UInt
  private let sizeBytes: Int
  /// Seconds and nanoseconds of the last change of the content, then of anything (chmod, rename).
  private let times: [Int]

  init(_ status: stat) {
    device = UInt(status.st_dev)
    inode = UInt(status.st_ino)
    sizeBytes = status.st_size
    times = [
      status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    ]
  }

  /// Nil when there is nothing that can be looked at.
  init?(_ path: String) {
    var status = stat()
    // The path is passed for the length of the call, and `status` outlives it.
    guard unsafe stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}
