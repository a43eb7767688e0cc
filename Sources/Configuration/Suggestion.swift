/// Finds the word that somebody probably meant.
package enum Suggestion {
  /// The candidate that fewest changes turn `word` into; nil when none is near enough to be meant.
  ///
  /// Near is at most a third of the longer word (one change for short ones). Case does not count as
  /// a change. Among equally near candidates the first wins. Where none is near it is the only one
  /// that begins with `word`.
  package static func nearest(to word: String, among candidates: [String]) -> String? {
    var best: (candidate: String, distance: Int)?
    for candidate in candidates {
      let distance = distance(word.lowercased(), candidate.lowercased())
      guard distance <= max(1, max(word.utf8.count, candidate.utf8.count) / 3) else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate ?? onlyOne(among: candidates, beginningWith: word.lowercased())
  }

  private static func onlyOne(
    among candidates: [String], beginningWith word: String
  ) -> String? {
    let found = candidates.filter { $0.lowercased().hasPrefix(word) }
    return word.utf8.count >= abbreviationMin && found.count == 1 ? found[0] : nil
  }

  /// Fewer letters begin too much.
  private static let abbreviationMin = 3

  /// Insertions, removals, replacements and swaps of neighbours (optimal string alignment).
  private static func distance(_ left: String, _ right: String) -> Int {
    let (a, b) = (Array(left.utf8.prefix(wordSizeMax)), Array(right.utf8.prefix(wordSizeMax)))
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let replaced = last[j] + (a[i] == b[j] ? 0 : 1)
        var cost = min(replaced, last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, beforeLast[j - 1] + 1)
        }
        row.append(cost)
      }
      (beforeLast, last) = (last, row)
    }
    return last[b.count]
  }

  /// No word of ours is nearly as long; bounds the work for a mistaken paste.
  private static let wordSizeMax = 64
}
