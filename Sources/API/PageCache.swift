/// Pages read since the last commit, so that a hundred readers who all want the newest events cost
/// one read of the store. A reader far behind has a page of its own each time and is not kept.
final class PageCache {
  private struct Key: Hashable {
    let after: Int64
    let limit: Int
    let selection: EventSelection
  }

  private var pages: [Key: EventPage] = [:]

  /// A page of `backend`; it stays true for ever, for events do not change.
  func page(
    after: Int64, limit: Int, _ selection: EventSelection, _ backend: any Backend
  ) throws -> EventPage {
    guard backend.latestSequence - after <= Int64(APILimits.pageEvents) else {
      return try backend.events(after: after, limit: limit, matching: selection)
    }
    let key = Key(after: after, limit: limit, selection: selection)
    if let page = pages[key] { return page }
    let page = try backend.events(after: after, limit: limit, matching: selection)
    if pages.count >= APILimits.cachedPages { pages.removeAll() }
    pages[key] = page
    return page
  }

  func clear() { pages.removeAll() }
}
