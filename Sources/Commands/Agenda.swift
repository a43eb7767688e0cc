/// Times at which something is due for a command, earliest first, as a heap. An item that no longer
/// counts stays until its time comes; whoever takes it out has to ask the command.
struct Agenda: Sendable {
  struct Item: Sendable {
    let at: Duration
    /// Of two at the same time the older command comes first.
    let order: Int
    let id: String

    func isBefore(_ other: Item) -> Bool { (at, order) < (other.at, other.order) }
  }

  /// No item is earlier than the one at half its place.
  private var heap: [Item] = []

  var first: Item? { heap.first }

  mutating func add(_ item: Item) {
    heap.append(item)
    var place = heap.count - 1
    while place > 0, heap[place].isBefore(heap[(place - 1) / 2]) {
      heap.swapAt(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
  }

  mutating func removeFirst() {
    heap.swapAt(0, heap.count - 1)
    heap.removeLast()
    var place = 0
    while true {
      var least = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
        if heap[child].isBefore(heap[least]) { least = child }
      }
      guard least != place else { return }
      heap.swapAt(place, least)
      place = least
    }
  }
}
