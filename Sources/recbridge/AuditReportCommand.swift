import Commands
import Daemon
import Evidence
import Glibc
import Report
import Store

/// `audit report`: what happened in a period, for people.
enum AuditReportCommand {
  static let subcommand = Subcommand(
    "audit", "report", summary: "an account of a period: to read, print and sign, or as a table",
    options: [.store, .from, .until, .aboutCall, .trustedKey, .checkpoint, .anchor]
      + [.page, .table, .object],
    details: """
      What was asked, what was not confirmed (first), what was and how we know, how each call was
      recorded, gaps and outages, and how to verify all of it. The page is one file without script
      or resource from outside. At least one of --html, --csv and --json is needed; what is there is
      never overwritten, and the files have mode 0640.

      Times are UTC unless they say otherwise. The period begins with --from and ends before --to,
      so --from 2026-11-25 --to 2026-11-26 is one day. Acknowledgements and grades that came later
      are told with their commands.

      The store is verified as by recbridge audit verify, and the page says at its top what that
      found, and whether the daemon ran in the period. Exit 0 if all is well; 65 if anything is not,
      or if no daemon ran in the period at all; the report is written all the same. Of a call that
      no entry names there is none: 65. Where retention took records of the period, each form says
      how many.
      """
  ) { arguments throws(UsageError) in
    let scope = try scope(arguments)
    guard [Option.page, .table, .object].contains(where: arguments.has) else {
      throw arguments.error("none of --html FILE, --csv FILE and --json FILE is given")
    }
    do throws(OutsideCheckpoint.Failure) {
      return report(arguments, scope, try StoreAudit(arguments))
    } catch {
      Terminal.complain("recbridge audit report: \(error.reason)")
      return .badInput
    }
  }

  private static func scope(_ arguments: Arguments) throws(UsageError) -> Scope {
    var bounds: [Duration?] = []
    for option in [Option.from, .until] {
      let text = arguments.value(option)
      let time = text.flatMap(Instant.parse)
      if let text, time == nil {
        throw arguments.error(
          "\(option.name) expects a date or a time such as 2026-11-25 or 2026-11-25T08:30Z, found"
            + " \(Printable.text(text))")
      }
      bounds.append(time)
    }
    if let from = bounds[0], let to = bounds[1], from >= to {
      throw arguments.error("--to is not after --from")
    }
    return Scope(from: bounds[0], to: bounds[1], call: arguments.value(.aboutCall))
  }

  private static func report(
    _ arguments: Arguments, _ scope: Scope, _ audit: StoreAudit
  ) -> ExitCode {
    let path = StorePath.chosen(arguments)
    var audit = audit
    let made: (account: Account, provenance: Provenance)
    do throws(StoreError) {
      let store = try Store.open(at: path, access: .inspecting)
      defer { store.close() }
      try audit.examine(store)
      made = (try account(of: store, upTo: audit.size, scope), Provenance(audit, store))
    } catch {
      return error.report()
    }
    let (account, provenance) = made
    if let call = scope.call, !account.isCallNamed {
      let nothing = NoEntry.about(call, pruned: provenance.verification.prunedCount)
      Terminal.complain("recbridge audit report: \(nothing)")
      return .badInput
    }
    let files: [(Option, () -> [UInt8])] = [
      (.page, { Page(account, from: provenance).bytes }),
      (.table, { CSVReport(account).bytes }),
      (.object, { JSONReport(account, from: provenance).bytes }),
    ]
    for (option, bytes) in files {
      guard let name = arguments.value(option) else { continue }
      // It holds phone numbers, as the store does.
      if let problem = ExportFile(name, bytes: bytes()).create(at: name) {
        Terminal.complain("recbridge audit report: \(problem)")
        return .failure
      }
      Terminal.say("\(name): \(summary(account))")
    }
    let found = account.presence.attendance(in: scope, now: provenance.madeAt)
    if let line = found.line { Terminal.say(line) }
    let verified = AuditSummary.say(audit, path)
    return found.isEmpty ? .badInput : verified
  }

  private static func summary(_ account: Account) -> String {
    let told =
      "\(Counted.text(account.commands.count, "command")) on"
      + " \(Counted.text(account.calls.count, "call")), \(account.notConfirmed.count) not confirmed"
    return account.lack.map { "\(told); \($0): what they told is not in it" } ?? told
  }

  /// The page about everything in a store that was verified just now.
  static func page(of store: Store, _ audit: StoreAudit) throws(StoreError) -> [UInt8] {
    let account = try account(of: store, upTo: audit.size, Scope())
    return Page(account, from: Provenance(audit, store)).bytes
  }

  /// How many entries are read at once: at a few kilobytes each no burden on memory.
  private static let pageMax = 500

  /// Of the entries that were verified; the daemon may add others meanwhile.
  private static func account(
    of store: Store, upTo size: Int64, _ scope: Scope
  ) throws(StoreError) -> Account {
    var builder = AccountBuilder(scope)
    var last: Int64 = 0
    while last < size {
      let page = try store.entriesAsStored(after: last, limit: pageMax)
      guard let newest = page.last else { break }
      last = newest.number
      for entry in page where entry.number <= size { builder.take(ReportEntry(entry)) }
    }
    return builder.finished()
  }
}

extension ReportEntry {
  fileprivate init(_ entry: StoredEntry) {
    self.init(
      number: entry.number, type: entry.type, time: .microseconds(entry.wallMicroseconds),
      record: entry.record)
  }
}

extension Provenance {
  /// Of a store that was verified just now.
  init(_ audit: StoreAudit, _ store: Store) {
    var time = timespec()
    // Safe: the call fills the one structure it is given, and cannot fail for this clock.
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    self.init(
      program: "recbridge \(VersionCommand.version)",
      madeAt: .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec), storePath: store.path,
      storeIdentity: store.identity, verification: Verification(audit))
  }
}

extension Verification {
  fileprivate init(_ audit: StoreAudit) {
    self.init()
    findings = audit.findings
    findingsLeftOut = audit.findingsLeftOut
    remarks = audit.remarks
    size = audit.size
    prunedCount = audit.removals.prunedCount
    signedSize = audit.signedSize
    anchoredSize = audit.anchoredSize
    keys = audit.trust.keys.map(Key.init)
    isKeyGiven = audit.trust.isGiven
    checkpoint = audit.newestCheckpoint.flatMap { NewestCheckpoint($0, audit.trust.keys) }
  }
}

extension Verification.Key {
  fileprivate init(_ key: VerifierKey) {
    self.init(
      name: key.name, text: key.description, fingerprint: key.fingerprint)
  }
}

extension Verification.NewestCheckpoint {
  /// Nil for what is no checkpoint, which is a finding.
  fileprivate init?(_ stored: StoredCheckpoint, _ keys: [VerifierKey]) {
    guard let note = SignedNote(stored.note), let checkpoint = Checkpoint(text: note.text) else {
      return nil
    }
    let signer = keys.first { note.finding(of: $0) == .valid }
    self.init(
      size: checkpoint.size, root: checkpoint.root.description,
      signedAt: .microseconds(stored.wallMicroseconds), note: stored.note,
      key: signer.map(Verification.Key.init))
  }
}
