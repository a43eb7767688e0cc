/// Numbers with what they count.
enum Counted {
  /// `1 call`, `2 calls`, `0 calls`; of other plurals both forms are given.
  static func text(_ number: some BinaryInteger, _ one: String, _ many: String? = nil) -> String {
    number == 1 ? "1 \(one)" : "\(number) \(many ?? one + "s")"
  }
}
