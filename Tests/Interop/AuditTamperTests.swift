import Daemon
import Evidence
import Glibc
import JSON
import Store
import TestSupport
import Testing

/// What somebody can do to a store with the sqlite3 shell, and what `audit verify` says of it.
///
/// Mutation tried, found: nobody asks SQLite about its index.
@Suite(.serialized) struct AuditTamperTests {
  /// One daemon for all of them: what it wrote is copied for each.
  @Test func `every tamper of a real store is named with its place, and a clean copy passes`()
    throws
  {
    try withGround(isSigned: true) { ground in
      let audit = try AuditGround(ground)
      try cleanCopiesPass(audit)
      try editedPayload(audit)
      try absurdNumber(audit)
      try editedIndex(audit)
      try editedColumn(audit)
      try editedTree(audit)
      try addedRows(audit)
      try editedSchema(audit)
      try deletedRow(audit)
      try cutOffTail(audit)
      try fork(audit)
      try missingPeriod(audit)
      try wrongKey(audit)
      try reordered(audit)
    }
  }

  private func cleanCopiesPass(_ audit: AuditGround) throws {
    let copy = try audit.copy()
    for options in [
      [], ["--checkpoint", audit.older], ["--checkpoint", audit.newest],
      ["--anchor", audit.events], ["--key", audit.publicKey],
      ["--key", "\(audit.folder)/audit.pub"],
      ["--checkpoint", audit.older, "--anchor", audit.events, "--key", audit.publicKey],
    ] {
      let said = try audit.ground.run(builtExecutable(), ["audit", "verify", copy] + options)
      #expect(said.code == 0, "\(options) \(said)")
      #expect(said.out.contains("audit verified"))
      #expect(said.out.contains("not proved: what the audio holds"))
      #expect(said.out.contains(audit.publicKey))
    }
    try anchorFiles(audit, copy)
    let whole = try audit.verify(copy, "--anchor", audit.events)
    let size = try audit.withStore { $0.lastEntryNumber }
    #expect(
      whole.out.contains("signed up to entry \(size), kept elsewhere up to entry \(size)"))
  }

  /// Files of other systems, of several periods, and of a writer that has not ended its line; no
  /// line is passed over that may have been a checkpoint.
  private func anchorFiles(_ audit: AuditGround, _ copy: String) throws {
    let windows = "\(audit.folder)/windows"
    let note = try #require(readText(audit.newest))
    try writeText(note.replacing("\n", with: "\r\n"), to: windows)
    let both = try audit.verify(copy, "--anchor", windows, "--anchor", audit.events)
    #expect(both.code == 0, "\(both)")
    let events = try #require(readText(audit.events))
    let cut = "\(audit.folder)/cut"
    try writeText(events + "{\"specversion\":", to: cut)
    #expect(try audit.verify(copy, "--anchor", cut).code == 0)
    try writeText("{\"specversion\":\n" + events, to: cut)
    let said = try audit.verify(copy, "--anchor", audit.events, "--anchor", cut)
    #expect(said.code == 65, "\(said)")
    #expect(said.err.contains("\(cut):1: this begins like an event and is none"), "\(said)")
  }

  /// The number of the entry in which the first Stop ended.
  private func verdict(_ audit: AuditGround) throws -> Int64 {
    try audit.withStore { store in
      var number: Int64 = 0
      try store.forEachEntry { if number == 0, $0["grade"] != nil { number = $0.number } }
      return try #require(number > 0 ? number : nil)
    }
  }

  private func expect(
    _ said: Said, _ findings: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(said.code == 65, "\(said)", sourceLocation: sourceLocation)
    #expect(said.out.contains("audit NOT verified"), sourceLocation: sourceLocation)
    for finding in findings {
      #expect(said.out.contains(finding), "\(said.out)", sourceLocation: sourceLocation)
    }
  }

  private func editedPayload(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let edit =
      "UPDATE entries SET record = CAST(replace(CAST(record AS TEXT), '\"Stopped\"', '\"Paused\"')"
      + " AS BLOB) WHERE number = \(number)"
    expect(
      try audit.verify(try audit.copy(edit + ";")),
      "entry \(number): its record is not the one that was written")
    // With every hash made anew, as far as the key allows: the checkpoints do not fit any more.
    let key = try AuditKey(name: "somebody")
    let rewritten = try audit.rewritten(
      number, replacing: "\"Stopped\"", with: "\"Paused\"", signedBy: key)
    let said = try audit.verify(try audit.copy(rewritten.sql))
    expect(said, "the checkpoint of event ", "are not what was signed")
    #expect(!said.out.contains("its record is not the one"))
  }

  /// Numbers that nothing holds end no reader.
  private func absurdNumber(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let copy = try audit.copy(
      "UPDATE entries SET record = CAST(replace(CAST(record AS TEXT), '\"latencyMs\":',"
        + " '\"latencyMs\":1e300,\"was\":') AS BLOB) WHERE number = \(number);")
    expect(try audit.verify(copy), "entry \(number): its record is not the one that was written")
    let listed = try audit.ground.recbridge("audit", "list", "--store", copy)
    #expect(listed.code == 65, "\(listed)")
    let page = "\(copy).html"
    let reported = try audit.ground.recbridge("audit", "report", "--store", copy, "--html", page)
    #expect(reported.code == 65 && readText(page) != nil, "\(reported)")
  }

  /// An index that leaves entries out, under its old name and text.
  private func editedIndex(_ audit: AuditGround) throws {
    let index = "CREATE INDEX entries_daemon ON entries (number) WHERE type = 'recbridge.daemon.v1'"
    let copy = try audit.copy(
      "DROP INDEX entries_daemon; \(index) AND number > 1;",
      "PRAGMA writable_schema = ON;",
      "UPDATE sqlite_schema SET sql = '\(index.replacing("'", with: "''"))'"
        + " WHERE name = 'entries_daemon';",
      "PRAGMA writable_schema = RESET;")
    expect(try audit.verify(copy), "missing from index entries_daemon")
  }

  private func editedColumn(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    for (column, value, said) in [
      ("wall_us", "wall_us - 60000000", "column wall_us says "),
      ("sequence", "sequence + 1", "column sequence says "),
      ("type", "'recbridge.gap.v1'", "column type says recbridge.gap.v1, its record "),
    ] {
      let copy = try audit.copy(
        "UPDATE entries SET \(column) = \(value) WHERE number = \(number);")
      expect(try audit.verify(copy), "entry \(number): \(said)")
    }
  }

  private func editedTree(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    // One hash too many, one byte too many, and a node above the leaf that is another.
    let even = number + number % 2
    for (place, nodes) in [
      (number, "CAST(nodes || zeroblob(32) AS BLOB)"),
      (number, "CAST(nodes || zeroblob(1) AS BLOB)"),
      (even, "CAST(substr(nodes, 1, 32) || zeroblob(length(nodes) - 32) AS BLOB)"),
    ] {
      let copy = try audit.copy("UPDATE entries SET nodes = \(nodes) WHERE number = \(place);")
      expect(
        try audit.verify(copy),
        "entry \(place): the tree that is stored with it is not that of its entries")
    }
    let none = try audit.copy("UPDATE entries SET nodes = x'00' WHERE number = \(number);")
    expect(try audit.verify(none), "entry \(number): its hash is missing")
  }

  /// Rows where none belong, which a daemon never writes and no list need show.
  private func addedRows(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let row = "sequence, type, wall_us, checksum, nodes, record, pruned_us FROM entries"
    for place in ["0", "-9223372036854775808"] {
      let entry = try audit.copy(
        "PRAGMA ignore_check_constraints = ON;",
        "INSERT INTO entries SELECT \(place), \(row) WHERE number = \(number);")
      expect(try audit.verify(entry), "entries \(place): no row has a number below 1")
      let checkpoint = try audit.copy(
        "INSERT INTO checkpoints SELECT \(place), size, wall_us, 0, 'x' FROM checkpoints LIMIT 1;")
      expect(try audit.verify(checkpoint), "checkpoints \(place): no row has a number below 1")
    }
    // Far behind the others: nobody walks there.
    for place in ["1000000000000000000", "9223372036854775807"] {
      let event = try audit.copy(
        "INSERT INTO events SELECT \(place), type, agent, call, wall_us, checksum, line, NULL"
          + " FROM events WHERE type = 'recbridge.command.v1' LIMIT 1;")
      let said = try audit.verify(event)
      #expect(said.code == 65 && (said.out + said.err).contains("events \(place)"), "\(said)")
    }
    // An older one behind the newest is not the newest.
    let older = try audit.copy(
      "INSERT INTO checkpoints SELECT 1000000, size, wall_us, 0, note FROM checkpoints"
        + " ORDER BY size LIMIT 1;")
    expect(
      try audit.verify(older), "the checkpoint of event 1000000: it covers ",
      "it was added or moved")
  }

  private func editedSchema(_ audit: AuditGround) throws {
    let view = try audit.copy("DROP VIEW audit; CREATE VIEW audit AS SELECT 1 AS grade;")
    expect(try audit.verify(view), "sqlite_schema (view audit): it is not that of this version")
    let trigger = try audit.copy("CREATE TABLE spy (x);")
    expect(try audit.verify(trigger), "sqlite_schema (table spy): this version has none")
    let name = try audit.copy("UPDATE store SET identity = 'another';")
    expect(try audit.verify(name), "entry 1: its cursor is ", "the store says that it is another")
    let index = try audit.copy("DROP INDEX checkpoints_size;")
    expect(
      try audit.verify(index), "sqlite_schema (index checkpoints_size): it is missing")
  }

  /// Evidence on a medium that takes no file beside it.
  @Test(.enabled(if: SmallDisk.isPossible))
  func `a store that can only be read is verified where it lies`() throws {
    try withGround(isSigned: true) { ground in
      let audit = try AuditGround(ground)
      let copy = try audit.copy()
      let folder = "\(audit.folder)/50% of it?"
      let script = """
        set -e
        mkdir "$2" && mv "$1" "$2/store.db"
        mount --bind "$2" "$2" && mount -o remount,bind,ro "$2"
        exec "$3" audit verify "$2/store.db"
        """
      let said = try ground.run(
        "/usr/bin/unshare",
        ["--mount", "/bin/sh", "-c", script, "sh", copy, folder, builtExecutable()])
      #expect(said.code == 0 && said.out.contains("audit verified"), "\(said)")
    }
  }

  private func deletedRow(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let one = try audit.copy("DELETE FROM entries WHERE number = \(number);")
    expect(try audit.verify(one), "entry \(number) is missing")
    let two = try audit.copy("DELETE FROM entries WHERE number IN (1, 2);")
    expect(try audit.verify(two), "entries 1 to 2 are missing")
  }

  private func cutOffTail(_ audit: AuditGround) throws {
    let size = try audit.withStore { $0.lastEntryNumber }
    let last = size - 3
    let entries = "DELETE FROM entries WHERE number > \(last);"
    let cut = "the end is cut off: the store ends with entry \(last), "
    expect(try audit.verify(try audit.copy(entries)), cut)
    let checkpoints = "DELETE FROM checkpoints WHERE size > \(last);"
    expect(try audit.verify(try audit.copy(entries, checkpoints)), " has no entry: the end is cut")
    // Cut off everywhere, just behind a checkpoint, it is a store like any other: only what was
    // kept elsewhere tells.
    let older = try #require(
      try OutsideText.checkpoint(audit.older), "the first checkpoint that was kept")
    let clean = try audit.copy(
      "DELETE FROM entries WHERE number > \(older.size);",
      "DELETE FROM checkpoints WHERE size > \(older.size);",
      "DELETE FROM events WHERE sequence > (SELECT max(sequence) FROM checkpoints);")
    let alone = try audit.verify(clean)
    #expect(alone.code == 0, "\(alone)")
    #expect(alone.out.contains("held against nothing that was kept elsewhere"))
    let missing = "the end is cut off: the store ends with entry \(older.size), "
    expect(try audit.verify(clean, "--checkpoint", audit.newest), missing)
    expect(try audit.verify(clean, "--anchor", audit.events), missing)
  }

  /// Somebody has the key, and rewrites what happened.
  private func fork(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let text = try #require(readText(audit.keyFile))
    let rewritten = try audit.rewritten(
      number, replacing: "\"Stopped\"", with: "\"Paused\"", signedBy: try AuditKey(text))
    let size = try audit.withStore { $0.lastEntryNumber }
    let copy = try audit.copy(
      rewritten.sql, "DELETE FROM checkpoints WHERE size >= \(number) AND size < \(size);",
      "UPDATE checkpoints SET note = '\(rewritten.note)';")
    expect(
      try audit.verify(copy, "--checkpoint", audit.newest),
      "\(audit.newest):1: of \(size) entries, root ", "a fork: it was signed for another audit")
    expect(try audit.verify(copy, "--anchor", audit.events), "a fork")
  }

  private func missingPeriod(_ audit: AuditGround) throws {
    let beats = try audit.withStore { store in
      var numbers: [Int64] = []
      try store.forEachEntry { entry in
        if entry.type == "recbridge.heartbeat.v1" { numbers.append(entry.number) }
      }
      return numbers
    }
    let beat = try #require(beats.dropLast().last)
    let next = try #require(beats.last)
    let copy = try audit.copy("DELETE FROM checkpoints WHERE size >= \(beat) AND size < \(next);")
    expect(try audit.verify(copy), "the checkpoint of event ", " was signed and is gone")
  }

  private func wrongKey(_ audit: AuditGround) throws {
    let key = try AuditKey(name: "audit.example/hq")
    let newest = try #require(readText(audit.newest))
    let note = try #require(SignedNote(newest))
    let copy = try audit.copy(
      "UPDATE checkpoints SET note = '\(key.sign(note.text))' WHERE note = '\(newest)';")
    expect(
      try audit.verify(copy),
      "it is signed by audit.example/hq+\(key.verifier.idText), which is no trusted key")
    expect(
      try audit.verify(try audit.copy(), "--key", key.verifier.description),
      "which is no trusted key", "from here on audit.example/hq+")
    let forged = newest.replacing("\n\(note.text.split(separator: "\n")[1])\n", with: "\n1\n")
    let mangled = try audit.copy(
      "UPDATE checkpoints SET note = '\(forged)' WHERE note = '\(newest)';")
    expect(try audit.verify(mangled), "is not of this text", "column size says ")
  }

  private func reordered(_ audit: AuditGround) throws {
    let number = try verdict(audit)
    let copy = try audit.copy(
      "UPDATE entries SET number = 1000000 WHERE number = \(number);",
      "UPDATE entries SET number = \(number) WHERE number = \(number - 1);",
      "UPDATE entries SET number = \(number - 1) WHERE number = 1000000;")
    expect(
      try audit.verify(copy), "entry \(number): it is of event ", "entries were reordered")
  }
}

/// What stands in a file of one checkpoint.
enum OutsideText {
  static func checkpoint(_ path: String) throws -> Checkpoint? {
    readText(path).flatMap { SignedNote($0) }.flatMap { Checkpoint(text: $0.text) }
  }
}
