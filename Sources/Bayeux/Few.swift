/// A handful of values by key, in the order in which they came.
///
/// Costs no more memory than its values. A dictionary of one value takes the room of several, which
/// thousands of sessions would pay each. Every access looks at all keys, so this is for what rarely
/// has more than three.
package struct Few<Key: Equatable & Sendable, Value: Sendable>: Sendable {
  private var pairs: [(key: Key, value: Value)] = []

  /// Without values.
  package init() {}

  /// The value of `key`; nil takes it out.
  package subscript(key: Key) -> Value? {
    get { pairs.first { $0.key == key }?.value }
    set {
      let index = pairs.firstIndex { $0.key == key }
      switch (index, newValue) {
      case (let index?, let value?): pairs[index].value = value
      case (let index?, nil): pairs.remove(at: index)
      case (nil, let value?): add(key, value)
      case (nil, nil): break
      }
    }
  }

  /// An array that grows by itself takes room for more than the first value.
  private mutating func add(_ key: Key, _ value: Value) {
    if pairs.isEmpty { pairs.reserveCapacity(1) }
    pairs.append((key, value))
  }

  /// Changes the value of `key` where it is, without a copy; nil if there is none.
  package mutating func change<Result>(
    _ key: Key, _ change: (inout Value) -> Result
  ) -> Result? {
    pairs.firstIndex { $0.key == key }.map { change(&pairs[$0].value) }
  }

  /// The keys, oldest first.
  package var keys: [Key] { pairs.map(\.key) }

  /// The values, oldest first.
  package var values: [Value] { pairs.map(\.value) }

  /// Takes a value out and gives it.
  package mutating func removeValue(forKey key: Key) -> Value? {
    pairs.firstIndex { $0.key == key }.map { pairs.remove(at: $0).value }
  }

  /// The keys of the values that are so, oldest first.
  package func keys(where isWanted: (Value) -> Bool) -> [Key] {
    pairs.filter { isWanted($0.value) }.map(\.key)
  }

  /// Takes all out.
  package mutating func removeAll() { pairs = [] }
}
