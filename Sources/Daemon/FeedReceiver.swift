import Feeds

/// Where a feed's events go. One batch is under way at a time.
protocol FeedReceiver: AnyObject {
  /// Delivers all of `batch`, in order; calls back once, never before this returns, with nil when
  /// everything has been received and else with the reason. Events of a batch that failed may have
  /// been received: they come again.
  func deliver(_ batch: [FeedEvent], completion: @escaping (DeliveryFailure?) -> Void)
  /// Lets go of what it has open: it may be another by now.
  func reopen()
  /// Gives up what is under way; nothing is called back after this.
  func close()
}

/// Why a batch was not delivered.
struct DeliveryFailure: Error {
  /// For the log and for people; without secrets.
  let reason: String
  /// How long the receiver wants to be left alone.
  var retryAfter: Duration?
  /// So many of the batch, from its beginning, have been received for certain.
  var received = 0
}
