/// The bounds of getting and keeping tokens, each with its reason.
package enum TokenLimits {
  /// A token is renewed at least this long before it expires, or a quarter of its life if that is
  /// shorter: the renewal may have to be tried three times (5 and 10 s between, each up to 10 s).
  package static let margin = Duration.seconds(60)
  /// Between attempts that fail, doubling from the first figure to the second, plus up to a quarter
  /// at random: servers lock accounts, and thousands of agents must not come back together.
  package static let pause = Duration.seconds(5)
  package static let pauseMax = Duration.seconds(300)
  /// Whoever asks us to wait longer than this is asked again after it.
  package static let retryAfterMax = Duration.seconds(3_600)
  /// A token that is refused after it lived this long was revoked or has expired early; one that is
  /// refused sooner may be one of many that all will be, and the next waits.
  package static let life = pauseMax
  /// Ten years: what lives longer needs no renewal in the life of a process.
  package static let lifeMax = Duration.seconds(315_360_000)
  /// What a server says of an error, in characters.
  static let descriptionSize = 200
  /// A token travels in a header, and servers refuse larger heads than some kilobytes.
  static let tokenSize = 16_384
}
