import Configuration
import Feeds
import Loop
import Outlets

/// The feeds of the configuration, by their groups.
final class FeedRoom {
  private var desks: [String: FeedDesk] = [:]

  init(_ feeds: [Feed], backend: SocketBackend, loop: EventLoop, logger: Logger) {
    for feed in feeds {
      desks[feed.group] = FeedDesk(
        group: feed.group,
        filter: FeedFilter(
          types: feed.types.map(\.eventType), grades: feed.grades.map(\.rawValue)),
        receiver: Self.receiver(of: feed, loop: loop, logger: logger), backend: backend, loop: loop,
        logger: logger)
    }
  }

  func start() { for desk in desks.values { desk.start() } }

  /// Something has been committed.
  func look() { for desk in desks.values { desk.look() } }

  func reopen() { for desk in desks.values { desk.reopen() } }

  func close() { for desk in desks.values { desk.close() } }

  func has(_ group: String) -> Bool { desks[group] != nil }

  /// Why the feed of this group cannot deliver now.
  func problem(of group: String) -> String? { desks[group]?.problem }

  private static func receiver(
    of feed: Feed, loop: EventLoop, logger: Logger
  ) -> any FeedReceiver {
    switch feed.destination {
    case .file(let file):
      FileReceiver(
        LineFile(path: file.path, sizeMaxBytes: file.sizeMaxBytes, every: file.every), loop: loop)
    case .syslog(let syslog): SyslogReceiver(syslog, reactor: loop)
    case .webhook(let webhook):
      WebhookReceiver(webhook, reactor: loop) { logger.log(Credentials.Note.secret($0)) }
    }
  }
}
