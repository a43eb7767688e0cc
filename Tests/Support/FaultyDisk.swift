import CSQLite
import Glibc
import Synchronization

/// Faults below SQLite: its own layer to the system (sqlite.org/vfs.html), with errors where a disk
/// would give them. Everything above, from the retry of a write to the rollback, is SQLite's.
///
/// Counts for the whole process, and for files opened after the first use; tests have folders of
/// their own, so they do not meet.
package enum FaultyDisk {
  package enum Fault: Equatable, Sendable {
    /// Writes find no space, once so many have.
    case full(afterWrites: Int)
    /// Writes work, but the sync says that they did not reach the disk.
    case failingSync
    /// Nothing can be opened for writing, and what is open cannot be written.
    case readOnly
  }

  /// From now on the files below `folder` meet this fault; nil mends the disk.
  package static func set(_ fault: Fault?, below folder: String) {
    precondition(isInstalled, "SQLite did not take the layer")
    // SQLite gives its files the names that they have without links.
    // Safe: the text is copied, and what was allocated for it is freed.
    guard let real = unsafe realpath(folder, nil) else { return }
    let name = unsafe String(cString: real)
    unsafe free(real)
    faults.withLock { $0[name] = fault }
  }

  private static let faults = Mutex<[String: Fault]>([:])
  /// By the address of SQLite's file.
  private static let files = Mutex<[UInt: String]>([:])

  /// The layer becomes SQLite's default, once.
  private static let isInstalled: Bool = {
    // Safe: both structures live for ever, and only this thread knows the new one yet.
    guard let original = unsafe sqlite3_vfs_find(nil) else { return false }
    let layer = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    unsafe layer.initialize(to: original.pointee)
    unsafe layer.pointee.zName = unsafe UnsafePointer(strdup("faulty"))
    unsafe layer.pointee.pNext = nil
    unsafe layer.pointee.xOpen = { _, name, file, flags, outFlags in
      unsafe FaultyDisk.open(name, file, flags, outFlags)
    }
    return unsafe sqlite3_vfs_register(layer, 1) == SQLITE_OK
  }()

  private static func fault(of path: String) -> Fault? {
    faults.withLock { faults in
      guard let folder = faults.keys.first(where: { path.hasPrefix($0 + "/") }) else { return nil }
      if case .full(let left)? = faults[folder], left > 0 {
        faults[folder] = .full(afterWrites: left - 1)
        return nil
      }
      return faults[folder]
    }
  }

  private static func fault(of file: UnsafeMutablePointer<sqlite3_file>?) -> Fault? {
    let path = files.withLock { $0[UInt(bitPattern: file)] }
    return path.flatMap { fault(of: $0) }
  }

  // Safe, all of these: SQLite calls them with pointers that live through the call, and the
  // original functions get exactly what SQLite gave.

  private static func open(
    _ name: UnsafePointer<CChar>?, _ file: UnsafeMutablePointer<sqlite3_file>?, _ flags: Int32,
    _ outFlags: UnsafeMutablePointer<Int32>?
  ) -> Int32 {
    guard let original = unsafe sqlite3_vfs_find("unix"), let file = unsafe file else {
      return SQLITE_CANTOPEN
    }
    let path = unsafe name.map { unsafe String(cString: $0) } ?? ""
    let isForWriting = flags & SQLITE_OPEN_READONLY == 0
    if isForWriting,
      faults.withLock({ faults in
        faults.contains { path.hasPrefix($0.key + "/") && $0.value == .readOnly }
      })
    {
      return SQLITE_CANTOPEN
    }
    let code = unsafe original.pointee.xOpen(original, name, file, flags, outFlags)
    guard code == SQLITE_OK, let methods = unsafe file.pointee.pMethods else { return code }
    files.withLock { $0[UInt(bitPattern: file)] = path }
    unsafe file.pointee.pMethods = unsafe wrapped(methods)
    return code
  }

  /// By the address of the originals: the layer has a few sets of methods, one for each kind of
  /// locking.
  private static let wrappers = Mutex<[UInt: UInt]>([:])

  private static func wrapped(
    _ methods: UnsafePointer<sqlite3_io_methods>
  ) -> UnsafePointer<sqlite3_io_methods>? {
    let known = wrappers.withLock { wrappers in
      if let known = wrappers[UInt(bitPattern: methods)] { return known }
      // The originals lie behind the copy.
      let copies = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 2)
      unsafe copies.initialize(repeating: methods.pointee, count: 2)
      unsafe copies[0].xWrite = { file, bytes, count, offset in
        switch unsafe FaultyDisk.fault(of: file) {
        case .full: SQLITE_FULL
        case .readOnly: SQLITE_IOERR | (3 << 8)  // SQLITE_IOERR_WRITE
        case .failingSync, nil:
          unsafe FaultyDisk.original(of: file)?.xWrite(file, bytes, count, offset) ?? SQLITE_ERROR
        }
      }
      unsafe copies[0].xSync = { file, flags in
        switch unsafe FaultyDisk.fault(of: file) {
        case .failingSync, .readOnly: SQLITE_IOERR | (4 << 8)  // SQLITE_IOERR_FSYNC
        case .full, nil:
          unsafe FaultyDisk.original(of: file)?.xSync(file, flags) ?? SQLITE_ERROR
        }
      }
      unsafe copies[0].xClose = { file in
        FaultyDisk.files.withLock { $0[UInt(bitPattern: file)] = nil }
        return unsafe FaultyDisk.original(of: file)?.xClose(file) ?? SQLITE_ERROR
      }
      let address = UInt(bitPattern: copies)
      wrappers[UInt(bitPattern: methods)] = address
      return address
    }
    return unsafe UnsafePointer(bitPattern: known)
  }

  private static func original(
    of file: UnsafeMutablePointer<sqlite3_file>?
  ) -> sqlite3_io_methods? {
    unsafe file?.pointee.pMethods.map { unsafe $0[1] }
  }
}
