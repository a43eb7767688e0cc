import CLinux
import CTLS
import Glibc

/// The context of a feed, made anew when one of its files is another one: certificates are renewed
/// while the daemon runs, and to read the system's takes 20 ms, too much for each connection.
package final class TLSContextKeeper {
  private let caFile: String?
  private let certificateFile: String?
  private let keyFile: String?
  private var kept: TLSContext?
  private var marks: [Mark?] = []

  /// What tells a file from the one that was there before.
  private struct Mark: Equatable {
    let device: UInt
    let inode: UInt
    let sizeBytes: Int64
    let seconds: Int
    let nanoseconds: Int

    /// Nil if nothing is there.
    init?(_ path: String) {
      var status = stat()
      // The path is copied for the call, which fills the one structure it is given.
      guard unsafe stat(path, &status) == 0 else { return nil }
      device = UInt(status.st_dev)
      inode = UInt(status.st_ino)
      sizeBytes = Int64(status.st_size)
      seconds = status.st_mtim.tv_sec
      nanoseconds = status.st_mtim.tv_nsec
    }
  }

  /// As ``TLSContext/init(caFile:certificateFile:keyFile:)``; nothing is read yet.
  package init(caFile: String?, certificateFile: String?, keyFile: String?) {
    self.caFile = caFile
    self.certificateFile = certificateFile
    self.keyFile = keyFile
  }

  /// For the next connection.
  package func context() throws(OutletError) -> TLSContext {
    let paths = [caFile ?? Self.systemFile, certificateFile, keyFile].compactMap(\.self)
    // Before they are read: what changes meanwhile is seen the next time.
    let found = paths.map(Mark.init)
    if let kept, found == marks { return kept }
    let made = try TLSContext(
      caFile: caFile, certificateFile: certificateFile, keyFile: keyFile)
    kept = made
    marks = found
    return made
  }

  /// The system's certificates, where OpenSSL looks for them. Of its folder it reads what it needs,
  /// when it needs it.
  private static var systemFile: String? {
    // Both texts live as long as the process, and are copied at once.
    let named = unsafe getenv(X509_get_default_cert_file_env())
    return unsafe (named.map { unsafe UnsafePointer($0) } ?? X509_get_default_cert_file()).map {
      unsafe String(cString: $0)
    }
  }
}
