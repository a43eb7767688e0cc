import JSON
package import Store

/// Which entries are about a call: what their records say, for the rows do not repeat it.
package struct EntriesOfCall {
  private let call: String

  /// Some entries of a store that were looked through.
  package struct Page {
    /// Those about the call, in order.
    package var entries: [StoredEntry] = []
    /// Those whose records are not what was hashed, or are gone although retention has not passed
    /// them: nobody can tell what they are about.
    package var unreadable: [Int64] = []
    /// Those whose records retention took.
    package var pruned: [Int64] = []
    /// The last that was looked at.
    package var through: Int64

    /// Those of `entries`.
    package var numbers: [Int64] { entries.map(\.number) }
  }

  /// How many are looked through at once: half a millisecond's work at a kilobyte each.
  private static let pageMax = 128

  package init(_ call: String) { self.call = call }

  /// The next page after entry `number`; nil behind the last.
  package func page(after number: Int64, in store: Store) throws(StoreError) -> Page? {
    let rows = try store.entriesAsStored(after: number, limit: Self.pageMax)
    guard let last = rows.last else { return nil }
    let bound = try store.bound(StoredBound.records)
    var page = Page(through: last.number)
    for row in rows {
      if row.isPruned, row.number <= bound {
        page.pruned.append(row.number)
      } else if !row.isAsHashed {
        page.unreadable.append(row.number)
      } else if row["call"]?.string == call {
        page.entries.append(row)
      }
    }
    return page
  }

  /// All of them.
  package func everything(in store: Store) throws(StoreError) -> Page {
    var all = Page(through: 0)
    while let page = try page(after: all.through, in: store) {
      all.entries += page.entries
      all.unreadable += page.unreadable
      all.pruned += page.pruned
      all.through = page.through
    }
    return all
  }
}
