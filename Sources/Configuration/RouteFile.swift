package import Commands
import YAML

/// A route with where it comes from.
package struct RouteFile: Equatable, Sendable {
  /// The route.
  package let route: Route
  /// What its author says of its origin; nil when nothing.
  package let source: String?
  /// The path of a user's own file; nil for one that is part of the executable.
  package let path: String?
}

extension RouteFile {
  /// The files of the shipped routes, which stand in `Routes` beside this one, in the order in
  /// which they are listed.
  private static let files = [
    PackageResources.gws_v2_yaml, PackageResources.workspace_v3_yaml,
    PackageResources.genesys_cloud_yaml, PackageResources.genesys_cloud_recordings_yaml,
    PackageResources.genesys_cloud_actions_yaml, PackageResources.genesys_cloud_events_yaml,
    PackageResources.genesys_cloud_sessions_yaml,
  ]

  /// The routes that are part of the executable.
  package static let shipped: [RouteFile] = files.map { bytes in
    do throws(ConfigurationError) {
      return try RouteFile(bytes, file: "a shipped route", path: nil)
    } catch {
      preconditionFailure("a shipped route is broken: \(error)")
    }
  }

  /// The file of the shipped route of that name, as it was written.
  package static func shippedText(_ name: String) -> String? {
    zip(shipped, files).first { $0.0.route.name == name }
      .map { String(decoding: $0.1, as: UTF8.self) }
  }

  /// The shipped route of that name.
  package static func shipped(_ name: String) -> RouteFile? {
    shipped.first { $0.route.name == name }
  }

  /// The user's route in the file at `path`, with what its author should know about it.
  ///
  /// Throws everything that is wrong with it at once, the name of a shipped route included.
  package static func load(
    path: String
  ) throws(ConfigurationError) -> (file: RouteFile, warnings: [ConfigurationProblem]) {
    let file: ReadableFile
    do throws(ReadableFile.Failure) {
      file = try ReadableFile(path, sizeMax: YAMLDocument.sizeMax + 1)
    } catch {
      throw ConfigurationError(path, line: nil, "cannot read it: \(error.cause)")
    }
    return try read(file.bytes, file: path, path: path) { $0.ownRoute($1) }
  }

  /// Reads a route, whatever its name; `file` names it in messages.
  package init(_ bytes: [UInt8], file: String, path: String?) throws(ConfigurationError) {
    self = try Self.read(bytes, file: file, path: path) { $0.route($1) }.file
  }

  private static func read(
    _ bytes: [UInt8], file: String, path: String?,
    as read: (inout ConfigurationReader, YAMLNode) -> RouteReading?
  ) throws(ConfigurationError) -> (file: RouteFile, warnings: [ConfigurationProblem]) {
    let root: YAMLNode
    do throws(YAMLError) {
      root = try YAMLDocument.parse(bytes)
    } catch {
      throw ConfigurationError(file, line: error.line, "column \(error.column): \(error.problem)")
    }
    var reader = ConfigurationReader(file: file, environment: { _ in nil })
    guard let route = read(&reader, root), reader.problems.isEmpty else {
      throw ConfigurationError(problems: reader.problems.ordered(first: file))
    }
    let routeFile = RouteFile(route: route.value, source: route.source, path: path)
    return (routeFile, reader.warnings.ordered(first: file))
  }
}
