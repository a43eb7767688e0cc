import Configuration
import Glibc

@main
struct Recbridge {
  static func main() {
    exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  /// Finds the subcommand, reads its arguments and runs it.
  private static func run(_ words: [String]) -> ExitCode {
    guard let first = words.first else {
      Terminal.complain(Help.overview)
      return .usage
    }
    switch first {
    case "--help", "-h": return HelpCommand.overview()
    case "--version": return VersionCommand.run()
    default: break
    }
    do throws(UsageError) {
      let subcommand = try find(words)
      let rest = Array(words.dropFirst(subcommand.words.count))
      if asksForHelp(rest) {
        Terminal.say(Help.text(subcommand))
        return .success
      }
      return try subcommand.run(Arguments(rest, for: subcommand))
    } catch {
      Terminal.complain("recbridge\(error.subcommand.map { " " + $0 } ?? ""): \(error.problem)")
      return .usage
    }
  }

  /// `--help` anywhere before `--` wins over whatever else is wrong.
  private static func asksForHelp(_ words: [String]) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  private static func find(_ words: [String]) throws(UsageError) -> Subcommand {
    if let found = Subcommand.all.first(where: { words.starts(with: $0.words) }) { return found }
    let group = Subcommand.all.filter { $0.words.count > 1 && $0.words[0] == words[0] }
    if !group.isEmpty { return try find(words, in: group) }
    if words[0].hasPrefix("-") {
      throw UsageError(
        unknown: "option", words[0], among: ["--help", "--version"], of: nil)
    }
    throw UsageError(
      unknown: "subcommand", words[0], among: Subcommand.all.map { $0.words[0] }, of: nil)
  }

  /// One of a group, as `audit list` is; asking the group for help is asking its first member.
  private static func find(
    _ words: [String], in group: [Subcommand]
  ) throws(UsageError) -> Subcommand {
    let first = group[0]
    guard words.count > 1 else {
      let members = group.map { $0.words[1] }.joined(separator: ", ")
      throw UsageError(
        nil, "\(words[0]) needs \(group.count > 1 ? "one of " : "")\(members)", help: first.name)
    }
    if asksForHelp(words) { return first }
    let name = words.prefix(2).joined(separator: " ")
    throw UsageError(
      unknown: "subcommand", name, among: group.map(\.name), of: nil,
      help: Suggestion.nearest(to: name, among: group.map(\.name)) ?? first.name)
  }
}
