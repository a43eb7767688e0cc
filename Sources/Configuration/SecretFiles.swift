/// The secrets that are in force: those from files are read again when their file has changed.
///
/// A file that became unreadable keeps its last good secret. All use is on one thread.
package final class SecretFiles {
  /// What an operator should know of a file; none of them holds a secret.
  package enum Note: Equatable, Sendable {
    /// The file holds another secret now, which is in force.
    case changed(path: String)
    /// The file cannot be read, or holds no secret; the last good one stays in force.
    case unusable(path: String, reason: String)
    /// Every user of this machine can read the file.
    case exposed(path: String)
  }

  private struct Entry {
    var text: String
    var identity: FileIdentity?
    var problem: String?
  }

  private var entries: [String: Entry] = [:]
  /// The paths in the order of their first use, to go round.
  private var paths: [String] = []
  private var next = 0
  private let note: (Note) -> Void

  /// Nothing is read yet; `note` is called when a file turns out to be other than it was.
  package init(note: @escaping (Note) -> Void) { self.note = note }

  /// How many files there are.
  package var count: Int { paths.count }

  /// The text of `secret` as it is known now. Reads no file.
  package func text(of secret: Secret) -> String {
    guard let path = secret.file else { return secret.reveal() }
    if let entry = entries[path] { return entry.text }
    entries[path] = Entry(text: secret.reveal())
    paths.append(path)
    return secret.reveal()
  }

  /// Looks at the file of `secret` now; true if its text is another since it was last looked at.
  @discardableResult
  package func look(at secret: Secret) -> Bool {
    _ = text(of: secret)
    return secret.file.map { look(at: $0) } ?? false
  }

  /// Looks at the next `count` files, going round; the paths of those whose text is another.
  package func lookAtNext(_ count: Int) -> [String] {
    var changed: [String] = []
    for _ in 0..<min(count, paths.count) {
      next = (next + 1) % paths.count
      if look(at: paths[next]) { changed.append(paths[next]) }
    }
    return changed
  }

  private func look(at path: String) -> Bool {
    guard var entry = entries[path] else { return false }
    // A system call for each look, a read only when the file is another: inode, time or size.
    let identity = FileIdentity(path)
    if let identity, identity == entry.identity, entry.problem == nil { return false }
    do throws(SecretFile.Failure) {
      let file = try SecretFile(path)
      if file.isReadableByEveryone, entry.identity != nil { note(.exposed(path: path)) }
      let isChanged = file.text != entry.text
      let isMended = entry.problem != nil
      entries[path] = Entry(text: file.text, identity: file.identity)
      if isChanged || isMended { note(.changed(path: path)) }
      return isChanged
    } catch {
      if entry.problem != error.reason { note(.unusable(path: path, reason: error.reason)) }
      entry.problem = error.reason
      entries[path] = entry
      return false
    }
  }
}
