import Foundation
import Glibc
import TestSupport
import Testing

@testable import HTTPServer

@Suite struct SocketTests {
  private func mode(of path: String) -> UInt32 {
    var status = stat()
    // Safe: the structure is filled by the call; it is zero if the call fails.
    _ = unsafe lstat(path, &status)
    return status.st_mode
  }

  private func failure(_ fixture: Fixture, _ path: String) throws -> ServerError? {
    let other = try fixture.makeServer()
    defer { other.stop() }
    do throws(ServerError) {
      try other.listen(onUnixSocket: path)
      return nil
    } catch {
      return error
    }
  }

  @Test func `the socket has its mode whatever the umask, and goes when the server goes`() throws {
    try Fixture.run { fixture throws in
      #expect(mode(of: fixture.socket) == S_IFSOCK | 0o660)
      let other = try fixture.makeServer()
      try other.listen(onUnixSocket: fixture.folder + "/other.sock", mode: 0o600)
      #expect(mode(of: fixture.folder + "/other.sock") == S_IFSOCK | 0o600)
      other.stop()
      #expect(mode(of: fixture.folder + "/other.sock") == 0)
    }
  }

  /// The input was a copied program without the right to be run: another thread had just bound.
  @Test func `what another thread makes while a socket is bound keeps its rights`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/beside"
      let socket = fixture.folder + "/other.sock"
      let finished = DispatchSemaphore(value: 0)
      Thread.detachNewThread {
        for _ in 0..<2_000 { try? UnixListener(path: socket, mode: 0o600).closeAndRemove() }
        finished.signal()
      }
      var modes: Set<UInt32> = []
      while finished.wait(timeout: .now()) == .timedOut {
        // Safe: the calls read the path and keep nothing.
        close(unsafe open(path, O_CREAT | O_WRONLY, 0o700))
        modes.insert(mode(of: path))
        _ = unsafe unlink(path)
      }
      #expect(modes == [S_IFREG | 0o700])
    }
  }

  @Test func `a socket that is served is not taken over`() throws {
    try Fixture.run { fixture throws in
      let error = try failure(fixture, fixture.socket)
      #expect(error?.kind == .alreadyServed)
      #expect(error?.description.contains(fixture.socket) == true)
      #expect(try fixture.get("/").status == 200)
    }
  }

  @Test func `the socket of a killed process is replaced`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/other.sock"
      let old = try UnixListener(path: path, mode: 0o660)
      close(old.descriptor)  // as a kill would: the file stays
      #expect(mode(of: path) & S_IFMT == S_IFSOCK)
      #expect(Client(unixPath: path) == nil)
      let other = try fixture.makeServer()
      try other.listen(onUnixSocket: path)
      #expect(Client(unixPath: path) != nil)
      other.stop()
    }
  }

  @Test func `a socket that somebody else has put in our place is left there`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/other.sock"
      let first = try fixture.makeServer()
      try first.listen(onUnixSocket: path)
      // Safe: unlink reads the path and keeps nothing.
      _ = unsafe unlink(path)
      let second = try fixture.makeServer()
      try second.listen(onUnixSocket: path)
      first.stop()
      #expect(mode(of: path) & S_IFMT == S_IFSOCK)
      second.stop()
      #expect(mode(of: path) == 0)
    }
  }

  @Test func `a file, a folder or a link in the way is left as it is`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/other.sock"
      // Safe: these calls read their texts and keep nothing.
      unsafe close(open(path, O_CREAT | O_WRONLY, 0o644))
      #expect(try failure(fixture, path)?.kind == .notASocket)
      #expect(mode(of: path) & S_IFMT == S_IFREG)
      _ = unsafe unlink(path)
      _ = unsafe symlink(fixture.socket, path)
      #expect(try failure(fixture, path)?.kind == .notASocket)
      #expect(mode(of: path) & S_IFMT == S_IFLNK)
      #expect(try failure(fixture, fixture.folder + "/..")?.kind == .notASocket)
    }
  }

  @Test func `a folder everybody may write to is refused unless it is sticky`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/other.sock"
      // Safe: chmod reads its text and keeps nothing.
      _ = unsafe chmod(fixture.folder, 0o777)
      let error = try failure(fixture, path)
      #expect(error?.kind == .directoryUnsafe)
      #expect(error?.description.contains("chmod o-w") == true)
      #expect(mode(of: path) == 0)
      _ = unsafe chmod(fixture.folder, 0o1777)
      #expect(try failure(fixture, path) == nil)
      _ = unsafe chmod(fixture.folder, 0o700)
    }
  }

  @Test func `a missing folder and an endless path are errors that say so`() throws {
    try Fixture.run { fixture throws in
      #expect(try failure(fixture, fixture.folder + "/no/x.sock")?.kind == .directoryMissing)
      #expect(try failure(fixture, fixture.socket + "/x.sock")?.kind == .directoryMissing)
      #expect(try failure(fixture, "")?.kind == .invalidAddress)
      let long = fixture.folder + "/" + String(repeating: "s", count: 100)
      #expect(try failure(fixture, long)?.kind == .invalidAddress)
    }
  }

  @Test func `of many servers that start at once on a stale socket one wins`() throws {
    try Fixture.run { fixture throws in
      let path = fixture.folder + "/other.sock"
      close(try UnixListener(path: path, mode: 0o660).descriptor)
      let servers = try (0..<8).map { _ in try fixture.makeServer() }
      defer { servers.forEach { $0.stop() } }
      var winners = 0
      for server in servers {
        do throws(ServerError) {
          try server.listen(onUnixSocket: path)
          winners += 1
        } catch {
          #expect(error.kind == .alreadyServed)
        }
      }
      #expect(winners == 1)
    }
  }
}
