/// A subcommand as data: parsing, help and dispatch all read this one table.
struct Subcommand: Sendable {
  /// An argument without a name.
  struct Operand: Sendable {
    let name: String
    let help: String
  }

  /// `["tail"]`, or `["audit", "list"]` for one of a group.
  let words: [String]
  /// One line for the overview; begins the help text.
  let summary: String
  let operands: [Operand]
  let options: [Option]
  /// More for the help text; may be empty.
  let details: String
  let run: @Sendable (Arguments) throws(UsageError) -> ExitCode

  init(
    _ words: String..., summary: String, operands: [Operand] = [], options: [Option] = [],
    details: String = "", run: @escaping @Sendable (Arguments) throws(UsageError) -> ExitCode
  ) {
    self.words = words
    self.summary = summary
    self.operands = operands
    self.options = options
    self.details = details
    self.run = run
  }

  var name: String { words.joined(separator: " ") }

  /// Every subcommand, in the order in which the overview lists them.
  static let all: [Subcommand] = [
    RunCommand.subcommand, DemoCommand.subcommand, SimulateCommand.subcommand,
    TailCommand.subcommand, CallsCommand.subcommand, SessionsCommand.subcommand,
    CommandsCommand.subcommand, GroupsCommand.subcommand, ExceptionsCommand.subcommand,
    AcknowledgeCommand.subcommand,
    IssueCommand.stop, IssueCommand.start, IssueCommand.pause, IssueCommand.resume,
    AuditListCommand.subcommand, AuditVerifyCommand.subcommand, AuditCheckpointCommand.subcommand,
    AuditProofCommand.subcommand, AuditExportCommand.subcommand, AuditReportCommand.subcommand,
    AuditAnchorsCommand.subcommand, AuditKeygenCommand.subcommand, EraseCommand.subcommand,
    CheckConfigCommand.subcommand, RoutesCommand.list, RoutesCommand.show, RoutesCommand.check,
    FsckCommand.subcommand,
    VersionCommand.subcommand, HelpCommand.subcommand,
  ]
}
