import Testing

@testable import Store

/// Another program holds the file's lock for longer than is waited.
struct StoreLockTests {
  private func patience(_ store: Store) throws -> Int64? {
    try store.use().connection.integer("PRAGMA busy_timeout", store.path)
  }

  @Test func `while a commit waits for a lock, trying again does not wait on the spot`() throws {
    let directory = try TemporaryDirectory()
    let store = try openWriter(directory.store)
    try store.commit([.event(event(1))])
    #expect(try patience(store) == 5_000)
    let other = try Connection(path: directory.store, mode: .readWrite)
    try other.execute("BEGIN IMMEDIATE", "lock", directory.store)
    let error = try storeError { try store.commit([.event(event(2))]) }
    #expect(error.kind == .locked && store.failure == nil)
    #expect(!error.nextStep.contains("restart"))
    #expect(try patience(store) == 0)
    #expect(try storeError { try store.commit([.event(event(2))]) }.kind == .locked)
    try other.execute("ROLLBACK", "unlock", directory.store)
    try store.commit([.event(event(2))])
    #expect(try patience(store) == 5_000)
    store.close()
  }
}
