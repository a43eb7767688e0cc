import Glibc
import TestSupport
import Testing

/// A machine of its own as far as programs can tell: a folder with a few of this one's programs and
/// their libraries, entered as the root of everything.
struct MachineImage {
  let root: String
  private let ground: Ground

  /// Whether the kernel lets this process, or one with a user's namespace, change its root.
  static let canBeEntered: Bool = {
    if getuid() == 0 { return true }
    let process = try? ChildProcess(
      "/usr/bin/unshare", ["--map-root-user", "/usr/sbin/chroot", "/", "/bin/true"],
      output: .file("/dev/null"), errors: .file("/dev/null"))
    return process?.wait() == 0
  }()
  static let why: Comment = "the kernel lets only root change the root, also in a user's namespace"

  init(_ ground: Ground, tools: [String]) throws {
    self.ground = ground
    root = "\(ground.scene.folder)/image"
    // ldd names each library behind an arrow or, the loader, alone.
    let script = """
      set -eu
      mkdir -p "$1/tmp" && cd "$1" && shift
      put() { mkdir -p ".${1%/*}" && cp -L "$1" ".$1"; }
      for tool; do
        path=$(PATH=/usr/bin:/bin command -v "$tool")
        put "$path"
        ldd "$path" | sed -n 's/.*=> //; s|^[[:space:]]*\\(/[^ ]*\\).*|\\1|p' |
          while read -r library; do put "$library"; done
      done
      [ -e bin/sh ] || { mkdir -p bin && cp usr/bin/sh bin/sh; }
      """
    let made = try ground.run("/bin/sh", ["-c", script, "image", root] + tools)
    try #require(made.code == 0, "\(made)")
  }

  func copy(_ file: String, to path: String) throws {
    try #require(try ground.run("/bin/cp", [file, root + path]).code == 0)
  }

  /// Runs a script in it, with nothing of this process's environment.
  func run(_ script: String, _ arguments: String...) throws -> Said {
    let entering = getuid() == 0 ? [] : ["/usr/bin/unshare", "--map-root-user"]
    return try ground.run(
      "/usr/bin/env",
      ["-i", "PATH=/usr/bin:/bin"] + entering + ["/usr/sbin/chroot", root, "/bin/sh", script]
        + arguments)
  }
}
