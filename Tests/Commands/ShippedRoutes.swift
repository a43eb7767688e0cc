import Commands
import Configuration

extension Route {
  /// The route of that name that is part of the executable.
  static func shipped(_ name: String) -> Route? { RouteFile.shipped(name)?.route }
}
