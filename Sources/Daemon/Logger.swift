package import Bridge
import Commands
import Glibc

/// Writes the operator's log: one line an event, `level=… event=… name=value …` (logfmt), to
/// standard error, where systemd's journal or a terminal takes it.
package final class Logger {
  /// Where lines go; the newline is part of the line.
  private let sink: (String) -> Void

  package init(sink: @escaping (String) -> Void = Logger.standardError) { self.sink = sink }

  /// Standard error, unbuffered. A line that cannot be written is given up: the store has it all.
  package static func standardError(_ line: String) {
    var bytes = Array(line.utf8)
    // The buffer is valid during the call, which copies it to the kernel.
    unsafe bytes.withUnsafeMutableBytes { buffer in
      _ = unsafe Glibc.write(STDERR_FILENO, buffer.baseAddress, buffer.count)
    }
  }

  package func log(_ level: Log.Level, _ name: String, _ fields: [(String, String)] = []) {
    var line = "level=\(level.rawValue) event=\(name)"
    for (name, value) in fields { line += " \(name)=\(Self.quoted(value))" }
    sink(line + "\n")
  }

  func log(_ log: Log) {
    self.log(log.level, log.name, log.fields.map { ($0.name, $0.value) })
  }

  /// A value stands bare when it is one plain word; otherwise quoted, with escapes, on one line.
  private static func quoted(_ value: String) -> String {
    let isPlain =
      !value.isEmpty
      && value.utf8.allSatisfy {
        $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "=")
      }
    if isPlain { return value }
    var result = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      default:
        if scalar.value >= 0x20, scalar.value != 0x7F { result.unicodeScalars.append(scalar) }
      }
    }
    return result + "\""
  }
}
