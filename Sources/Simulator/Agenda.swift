/// What is to happen later, earliest first; equal times in the order in which they were added.
struct Agenda<Item: Sendable>: Sendable {
  private struct Entry: Sendable {
    let due: Duration
    let order: UInt64
    let item: Item

    func isBefore(_ other: Entry) -> Bool {
      due == other.due ? order < other.order : due < other.due
    }
  }

  /// A binary heap: the parent of index `n` is at `(n - 1) / 2` and never later.
  private var heap: [Entry] = []
  private var added: UInt64 = 0

  var nextDue: Duration? { heap.first?.due }

  mutating func add(_ item: Item, due: Duration) {
    heap.append(Entry(due: due, order: added, item: item))
    added += 1
    var index = heap.count - 1
    while index > 0, heap[index].isBefore(heap[(index - 1) / 2]) {
      heap.swapAt(index, (index - 1) / 2)
      index = (index - 1) / 2
    }
  }

  /// Takes the earliest item if its time has come.
  mutating func take(at now: Duration) -> (due: Duration, item: Item)? {
    guard let first = heap.first, first.due <= now else { return nil }
    let last = heap.removeLast()
    guard !heap.isEmpty else { return (first.due, first.item) }
    heap[0] = last
    var index = 0
    while true {
      var earliest = index
      for child in [2 * index + 1, 2 * index + 2]
      where child < heap.count && heap[child].isBefore(heap[earliest]) {
        earliest = child
      }
      guard earliest != index else { return (first.due, first.item) }
      heap.swapAt(index, earliest)
      index = earliest
    }
  }
}
