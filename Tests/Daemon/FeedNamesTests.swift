import Bridge
import Commands
import Configuration
import Testing

/// The configuration knows neither the events nor the grades: it has their names once more.
@Suite struct FeedNamesTests {
  @Test func `a feed can ask for every type of event and every grade that there is`() {
    #expect(Set(FeedType.allCases.map(\.eventType)) == Set(EventType.allCases.map(\.rawValue)))
    #expect(Set(FeedGrade.allCases.map(\.rawValue)) == Set(Grade.allCases.map(\.rawValue)))
  }
}
