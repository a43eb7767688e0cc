import Bridge
import Privacy
import Store

extension StoredBound {
  /// Up to where records have been removed, of those that may be.
  package static let records = "records"
}

extension Change {
  /// What one removal of the bridge is to the store.
  static func removals(_ removal: Removal, wallMicroseconds wall: Int64) -> [Change] {
    let changes: [StoreRemoval]
    switch removal {
    case .events(let through): changes = [.events(through: through)]
    case .records(let numbers, let through):
      changes = [
        .records(numbers, wallMicroseconds: wall),
        .bound(StoredBound(what: StoredBound.records, through: through)),
      ]
    case .values(let entries, let field):
      changes = [.values(ofEntries: entries, field: field?.rawValue)]
    case .line(let sequence, let line):
      changes = [.line(sequence: sequence, line, wallMicroseconds: wall)]
    case .lines(let field, let through):
      changes = [.bound(StoredBound(what: field.rawValue, through: through))]
    case .quarantined(let sequence):
      changes = [.quarantined(sequence: sequence, wallMicroseconds: wall)]
    case .fileName: preconditionFailure("the bridge writes the command itself")
    case .bounds(let events, let entries):
      changes = [("events", events), ("entries", entries)].compactMap { what, through in
        through.map { .bound(StoredBound(what: what, through: $0)) }
      }
    case .erasing(let call, let event):
      changes = [.erasing(StoredErasure(sequence: event, call: call))]
    case .erased(let event): changes = [.erased(sequence: event)]
    }
    return changes.map { .removal($0) }
  }
}
