/// What grades mean, in words.
package enum GradeWords {
  /// The rest of a sentence about a command; a grade that has no words here stands for itself.
  package static func meaning(_ grade: String) -> String {
    switch grade {
    case "confirmed.notified": "confirmed by a notification"
    case "confirmed.resynced": "confirmed by a snapshot after a gap"
    case "confirmed.polled": "confirmed by asking the platform"
    case "implied.released": "the call ended, and its recording with it"
    case "satisfied": "nothing to do, it was so already"
    case "contradicted": "contradicted, a later notification shows the opposite"
    case "rejected": "rejected, by the platform or before anything was sent"
    case "superseded": "superseded by a later command"
    case "unconfirmed": "unconfirmed, nothing showed its effect within the deadline"
    case "unobservable": "unobservable, it fell into a gap in which nobody could look"
    default: Visible.text(grade)
    }
  }
}
