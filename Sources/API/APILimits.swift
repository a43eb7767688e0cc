/// The bounds of what one request may ask for; beyond them it is refused, with the bound in words.
package enum APILimits {
  /// Events of one finite answer if it does not say: a script's working set, 1.3 MB as a rule.
  package static let eventsDefault = 1000
  /// Events of one finite answer. More is what a stream is for.
  package static let eventsMax = 10_000
  /// How long an answer may be held back; most HTTP clients give up after 60 seconds or later.
  package static let waitMax: Duration = .seconds(60)
  /// Types in one selection: there are seven types.
  package static let typesMax = 16
  /// Characters of a call, agent, key, type or command id; the longest known are below 64.
  package static let wordSizeMaxBytes = 256
  /// Parameters of one command; routes ask for a handful.
  package static let parametersMax = 16
  /// Why an operator acknowledges: some sentences and a ticket's number.
  package static let whySizeMaxBytes = 2_048
  /// A group's name: a product and a place, in file names and metrics too.
  package static let groupNameSizeMaxBytes = 64

  /// Events read from the store at a time: about one block of a connection, 128 x 1.3 KB.
  static let pageEvents = 128
  /// Pages without a match that one reader may look through before others have their turn; the
  /// store looks at 256 events for each.
  static let pagesPerPull = 8
  /// Pages kept between two commits, for readers that all want the newest events.
  static let cachedPages = 4
}
