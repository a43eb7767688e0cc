import JSON
import Store

/// Entries that nobody had signed when a start, or the end of the store, came upon them: as many as
/// a daemon leaves that is killed, or more than that?
///
/// A daemon signs each heartbeat, so what it leaves unsigned is short. Somebody else can append
/// what he likes; what is as short as that cannot be told from it, and is called unsigned.
struct AuditTail {
  /// The last entry that is signed; 0 if none is.
  let after: Int64
  /// The start, or beyond the last entry.
  let before: Int64
  private(set) var findings: [String] = []
  private var life: SignOfLife?
  /// What is wrong unless an outage is told of: then entries come late.
  private var pending: String?
  /// How long daemons ran without a signature.
  private var unsigned = Duration.zero
  private var latest: Duration?

  /// - Parameter since: the newest sign of life that is signed.
  init(after: Int64, before: Int64, since life: SignOfLife?) {
    self.after = after
    self.before = before
    self.life = life
    latest = life?.monotonic
  }

  /// The next of the entries between `after` and `before`.
  mutating func take(_ entry: StoredEntry) {
    guard let record = try? JSONValue.parse(entry.record) else { return }
    let now = SignOfLife.monotonic(record)
    switch entry.type {
    case "recbridge.daemon.v1" where record["action"]?.string == "started":
      settle()
      life = SignOfLife(entry, record, after: nil)
      latest = now
      return
    case "recbridge.outage.v1":
      pending = nil
      unsigned = .zero
      latest = now
      return
    default: break
    }
    guard let life, life.isSigned else { return }
    if now - life.monotonic > AuditPeriods.patience(life.interval), pending == nil {
      pending =
        "entry \(entry.number) (\(record["time"]?.string ?? "?")) is not signed, and no daemon was"
        + " there: the last sign of life, entry \(life.number), came \(now - life.monotonic) before"
    }
    if let latest, now > latest { unsigned += now - latest }
    latest = now
    if entry.type == "recbridge.heartbeat.v1" || record["action"]?.string == "stopped" {
      self.life = SignOfLife(entry, record, after: life)
    }
  }

  /// After the last of them.
  mutating func end(last: Int64) {
    settle()
    // A heartbeat may come late, and the end as long after it.
    guard let life, unsigned > AuditPeriods.patience(life.interval) * 2 else { return }
    findings.append(
      (after + 1 == last ? "entry \(last) is" : "entries \(after + 1) to \(last) are")
        + " not signed, although daemons that sign ran for \(unsigned) meanwhile")
  }

  private mutating func settle() {
    if let pending { findings.append(pending) }
    pending = nil
  }
}
