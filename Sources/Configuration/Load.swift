import Glibc
import YAML

extension Configuration {
  /// The configuration in the file at `path`, with what an operator should know about it.
  ///
  /// Reads the secrets that it names, too. Throws everything that is wrong at once: a key that is
  /// unknown or missing, a wrong type, an impossible combination, a secret that cannot be read.
  package static func load(
    path: String
  ) throws(ConfigurationError) -> (configuration: Configuration, warnings: [ConfigurationProblem]) {
    let file: ReadableFile
    do throws(ReadableFile.Failure) {
      // One byte more than YAML accepts, so that it is YAML that names the limit.
      file = try ReadableFile(path, sizeMax: YAMLDocument.sizeMax + 1)
    } catch {
      throw ConfigurationError(path, line: nil, "cannot read it: \(error.cause)")
    }
    return try read(file.bytes, file: path) { name in
      // The value is copied before anything could change the environment; nothing here does.
      unsafe getenv(name).map { unsafe String(cString: $0) }
    }
  }

  /// The configuration in `bytes`; `file` only names it in messages.
  package static func read(
    _ bytes: [UInt8], file: String, environment: @escaping (String) -> String?
  ) throws(ConfigurationError) -> (configuration: Configuration, warnings: [ConfigurationProblem]) {
    let root: YAMLNode
    do throws(YAMLError) {
      root = try YAMLDocument.parse(bytes)
    } catch {
      throw ConfigurationError(file, line: error.line, "column \(error.column): \(error.problem)")
    }
    var reader = ConfigurationReader(file: file, environment: environment)
    let configuration = reader.configuration(root)
    guard let configuration, reader.problems.isEmpty else {
      throw ConfigurationError(problems: reader.problems.ordered(first: file))
    }
    return (configuration, reader.warnings.ordered(first: file))
  }
}

extension ConfigurationError {
  /// One problem with the file as a whole, or with its syntax.
  init(_ file: String, line: Int?, _ problem: String) {
    self.init(problems: [ConfigurationProblem(file: file, line: line, key: nil, problem: problem)])
  }
}

extension [ConfigurationProblem] {
  /// Sorted by file, the configuration itself first, and line; problems of one line stay in the
  /// order in which they were found.
  func ordered(first main: String) -> [ConfigurationProblem] {
    enumerated()
      .sorted { one, other in
        let files = [one, other].map { $0.element.file == main ? "" : $0.element.file }
        return (files[0], one.element.line ?? 0, one.offset)
          < (files[1], other.element.line ?? 0, other.offset)
      }
      .map(\.element)
  }
}
