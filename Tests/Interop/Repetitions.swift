import Testing

/// How often a receiver got a batch, or its end, once more: a batch has 256 events at most. Throws
/// unless every event from the first to `last` came, each for the first time in its order.
func repetitions(in received: [Int64], through last: Int64) throws -> Int {
  var newest: Int64 = 0
  var previous: Int64 = 0
  var count = 0
  for number in received {
    if number != previous + 1 {
      try #require(number <= newest && newest - number < 256, "\(number) came after \(previous)")
      count += 1
    }
    previous = number
    newest = max(newest, number)
  }
  try #require(newest == last)
  return count
}
