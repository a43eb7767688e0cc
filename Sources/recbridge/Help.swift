/// The help texts, all made from the table of subcommands.
enum Help {
  /// Every subcommand with its line.
  static var overview: String {
    let rows = Subcommand.all.map { [$0.name, $0.summary] }
    return """
      recbridge keeps a durable record of call recordings and of the commands that change them.

      Usage: recbridge SUBCOMMAND [OPTIONS]

      \(indented(rows))

      recbridge SUBCOMMAND --help explains one of them.
      \(ExitCode.explained)
      """
  }

  /// Usage, meaning, operands and options of one subcommand.
  static func text(_ subcommand: Subcommand) -> String {
    var usage = ["recbridge", subcommand.name]
    usage += subcommand.operands.map(\.name)
    usage += subcommand.options.map { $0 == .config ? $0.usage : "[\($0.usage)]" }
    var parts = ["Usage: " + usage.joined(separator: " "), subcommand.summary]
    if !subcommand.details.isEmpty { parts.append(subcommand.details) }
    var rows = subcommand.operands.map { [$0.name, $0.help] }
    rows += subcommand.options.map { [$0.usage, $0.help] }
    rows.append(["--help", "this text"])
    parts.append(indented(rows))
    parts.append(ExitCode.explained)
    return parts.joined(separator: "\n\n")
  }

  private static func indented(_ rows: [[String]]) -> String {
    Columns.aligned(rows).map { "  " + $0 }.joined(separator: "\n")
  }
}
