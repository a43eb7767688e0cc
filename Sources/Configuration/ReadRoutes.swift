import Commands
import YAML

/// The user's own routes, and the one that is used.
extension ConfigurationReader {
  /// The routes in the files that the list names.
  mutating func routes(_ node: YAMLNode) -> [RouteFile] {
    let expected = "a list of files with a route each"
    let problemsBefore = problems.count
    var routes: [RouteFile] = []
    for item in items(node, path: "routes", expected: expected, .refused) ?? [] {
      guard let path = absolutePath(item.node, path: item.path, of: "a file with a route") else {
        continue
      }
      within(path) { reader, root in
        guard let route = reader.ownRoute(root) else { return }
        let name = route.value.name
        if routes.contains(where: { $0.route.name == name }) {
          reader.fail(route.line, "name", "\(name) is the name of another of the routes")
        } else {
          routes.append(RouteFile(route: route.value, source: route.source, path: path.value))
        }
      }
    }
    lacksRoutes = problems.count > problemsBefore
    return routes
  }

  /// The route that commands go by: the one that is named, or that of the profile.
  mutating func chosenRoute(
    _ section: SectionReading, _ profile: Profile, _ routes: [RouteFile]
  ) -> Route? {
    guard let pair = section.pairs["route"] else {
      if profile == .commandsOnly {
        fail(section.line, "platform.route", "missing; expected \(Self.routeExpected)")
      }
      return RouteFile.shipped(profile.rawValue)?.route
    }
    guard let name = text(pair.value, path: "platform.route", expected: Self.routeExpected) else {
      return nil
    }
    let all = (RouteFile.shipped + routes).map(\.route)
    guard let route = all.first(where: { $0.name == name.value }) else {
      if lacksRoutes { return nil }
      let names = all.map(\.name)
      let nearest = Suggestion.nearest(to: name.value, among: names)
      let advice =
        nearest.map { "did you mean \($0)?" } ?? "expected one of \(names.joined(separator: ", "))"
      fail(name.line, name.path, "there is no route \(name.value); \(advice)")
      return nil
    }
    if profile == .commandsOnly || profile == .bayeux, route.verification.reading == .calls {
      fail(
        name.line, name.path,
        "route \(route.name) reads the calls of a session, for which profile \(profile.rawValue)"
          + " does not ask; choose a route whose verification has states")
      return nil
    }
    return route
  }

  private static let routeExpected =
    "the name of a route: recbridge routes list shows the shipped ones, routes adds files"
}
