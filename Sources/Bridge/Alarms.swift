/// Times at which something is due, each under a number of its owner's choice; the earliest is
/// always at hand, and setting or clearing one costs no more than the height of a heap.
///
/// With thousands of sessions a look at every one of them for each wake would be most of the work.
struct Alarms: Sendable {
  private struct Entry: Sendable {
    var time: Duration
    let key: Int
  }

  /// A binary heap: no entry is earlier than the one at half its place.
  private var heap: [Entry] = []
  /// Where each key stands in the heap; `absent` for one without a time.
  private var places: [Int32] = []
  private static let absent: Int32 = -1

  var earliest: Duration? { heap.first?.time }

  subscript(key: Int) -> Duration? {
    guard key < places.count, places[key] != Alarms.absent else { return nil }
    return heap[Int(places[key])].time
  }

  /// Replaces the time of `key`; nil takes it out.
  mutating func set(_ key: Int, _ time: Duration?) {
    guard let time else { return clear(key) }
    if key >= places.count {
      places += repeatElement(Alarms.absent, count: key + 1 - places.count)
    }
    if places[key] == Alarms.absent {
      places[key] = Int32(heap.count)
      heap.append(Entry(time: time, key: key))
    } else {
      heap[Int(places[key])].time = time
    }
    settle(Int(places[key]))
  }

  /// Takes out everything that is due, in the order of time.
  mutating func takeDue(at now: Duration) -> [Int] {
    var due: [Int] = []
    while let first = heap.first, first.time <= now {
      due.append(first.key)
      clear(first.key)
    }
    return due
  }

  private mutating func clear(_ key: Int) {
    guard key < places.count, places[key] != Alarms.absent else { return }
    let place = Int(places[key])
    places[key] = Alarms.absent
    let last = heap.removeLast()
    guard place < heap.count else { return }
    heap[place] = last
    places[last.key] = Int32(place)
    settle(place)
  }

  /// Moves the entry at `place` up or down to where it belongs.
  private mutating func settle(_ place: Int) {
    var place = place
    while place > 0, isBefore(place, (place - 1) / 2) {
      exchange(place, (place - 1) / 2)
      place = (place - 1) / 2
    }
    while true {
      var first = place
      for child in [2 * place + 1, 2 * place + 2] where child < heap.count {
        if isBefore(child, first) { first = child }
      }
      guard first != place else { return }
      exchange(place, first)
      place = first
    }
  }

  /// Equal times are ordered by key, so that the same inputs give the same order.
  private func isBefore(_ one: Int, _ other: Int) -> Bool {
    (heap[one].time, heap[one].key) < (heap[other].time, heap[other].key)
  }

  private mutating func exchange(_ one: Int, _ other: Int) {
    heap.swapAt(one, other)
    places[heap[one].key] = Int32(one)
    places[heap[other].key] = Int32(other)
  }
}
