import JSON

/// libFuzzer's entry: any bytes at all, held to what the seeded tests ask too.
@_cdecl("LLVMFuzzerTestOneInput")
func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // libFuzzer lends `count` bytes for the time of the call; they are copied at once.
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let violation = Invariants.violation(bytes) { fatalError("\(violation): \(bytes)") }
  return 0
}
