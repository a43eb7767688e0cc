import CLinux

/// What the kernel knows of its wall clock.
enum ClockState {
  /// Whether something keeps it in step with others: adjtimex(2) says so, as long as that something
  /// reports in.
  static var isSynchronised: Bool {
    var state = timex()
    // Safe: the structure outlives the call; without modes nothing is changed.
    let code = unsafe adjtimex(&state)
    return code >= 0 && code != TIME_ERROR
  }
}
