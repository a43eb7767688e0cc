import Bridge

/// Where checkpoints are kept besides the store. One is under way at a time.
protocol AnchorReceiver: AnyObject {
  /// What it is, in one word.
  var kind: String { get }
  /// How long it is left alone after it has taken a checkpoint.
  var pause: Duration { get }
  /// Whether it may be given one while the daemon ends.
  var takesTheLast: Bool { get }
  /// Gives it a checkpoint; calls back once, never before this returns, with nil when it is kept
  /// and else with the reason. One that failed may have been kept.
  func deliver(_ checkpoint: SignedCheckpoint, completion: @escaping (DeliveryFailure?) -> Void)
  /// Gives up what is under way; nothing is called back after this.
  func close()
}
