import Glibc

/// The files of a folder that hold agents: those that end in `.yaml` or `.yml`, in the order of
/// their names. Others, hidden ones and folders are not looked at, so that an editor's backup or a
/// mounted secret's link does no harm.
enum AgentFiles {
  /// One file for each of as many agents as a bridge is meant for.
  static let filesMax = 10_000

  static func list(_ folder: String) throws(ReadableFile.Failure) -> [String] {
    // Opened and closed here; the path is passed as a C string for the length of the call only.
    guard let directory = unsafe opendir(folder) else {
      throw ReadableFile.Failure(path: folder, cause: unsafe String(cString: strerror(errno)))
    }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while let entry = unsafe readdir(directory) {
      // Safe: the name ends with a zero, and is copied before the next call replaces it.
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      let isWanted = name.hasSuffix(".yaml") || name.hasSuffix(".yml")
      if isWanted, !name.hasPrefix(".") { names.append(name) }
    }
    guard names.count <= filesMax else {
      throw ReadableFile.Failure(
        path: folder, cause: "it has \(names.count) files, more than \(filesMax)")
    }
    return names.sorted().map { "\(folder)/\($0)" }
  }
}
