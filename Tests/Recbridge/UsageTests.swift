import Testing

private let subcommands = [
  "run", "demo", "simulate", "tail", "calls", "sessions", "commands", "groups",
  "exceptions",
  "acknowledge", "stop", "start", "pause", "resume", "audit list", "audit verify",
  "audit checkpoint", "audit proof", "audit export", "audit report", "audit keygen", "check-config",
  "routes list", "routes show", "routes check", "fsck", "version", "help",
]

@Test func `help lists every subcommand and the exit codes`() throws {
  for argument in ["help", "--help", "-h"] {
    let ended = try recbridge([argument])
    #expect(ended.code == 0)
    #expect(ended.err == "")
    for subcommand in subcommands {
      #expect(ended.out.contains("\n  \(subcommand) "), "\(subcommand)")
    }
    #expect(ended.out.contains("78 configuration error"))
    #expect(ended.lines.allSatisfy { $0.count <= 100 })
  }
}

@Test(arguments: subcommands)
func `every subcommand explains itself`(subcommand: String) throws {
  let ended = try recbridge(subcommand.split(separator: " ").map(String.init) + ["--help"])
  #expect(ended.code == 0)
  #expect(ended.err == "")
  #expect(ended.out.hasPrefix("Usage: recbridge \(subcommand)"))
  #expect(ended.lines.dropFirst().allSatisfy { $0.count <= 100 }, "\(ended.out)")
}

@Test func `a help text shows operands, options and their defaults`() throws {
  let ended = try recbridge(["stop", "--help"])
  #expect(
    ended.out == """
      Usage: recbridge stop CALL [--agent A] [--parameter NAME=VALUE] [--key K] [--wait SECONDS] \
      [--observe] [--socket PATH] [--json]

      stop the recording of a call

      CALL is the id that recbridge calls shows; with profile commands-only, where nobody tells of
      calls, it is what the platform itself or whoever handles the call says.

      Exit 0 once the daemon has the command on disk. With --wait, exit 0 only if it was
      confirmed, was so already, or the call ended; else 3, with the likely causes and what to do
      on standard error. A command ends at its deadline (commands.deadline, by default 10s),
      however long one waits.

        CALL                    the platform's id of the call: see above
        --agent A               the agent whose call it is, if several have it
        --parameter NAME=VALUE  what the platform's route asks for; may be given more than once
        --key K                 the same key again is the same command, not a second one
        --wait SECONDS          wait for the outcome and report it; exit 3 if it is not confirmed
        --observe               send nothing: somebody else does, and its effect is watched for
        --socket PATH           default: $RECBRIDGE_SOCKET, else /run/recbridge/recbridge.sock
        --json                  one JSON object a line
        --help                  this text

      Exit codes: 0 success, 1 failure, 3 asked for a confirmation and it was not confirmed,
      64 usage, 65 bad input data, 69 service unavailable, 78 configuration error.

      """)
}

@Test(arguments: [
  (["sotp"], "unknown subcommand sotp; did you mean stop? see recbridge help"),
  (["frobnicate"], "unknown subcommand frobnicate; see recbridge help"),
  (["--versoin"], "unknown option --versoin; did you mean --version? see recbridge help"),
  (["\u{1B}[2J"], "unknown subcommand \\u{1b}[2J; see recbridge help"),
  (
    ["audit"],
    "audit needs one of list, verify, checkpoint, proof, export, report, anchors, keygen;"
      + " see recbridge audit list --help"
  ),
  (
    ["routes", "chekc", "f"],
    "unknown subcommand routes chekc; did you mean routes check? see recbridge routes check --help"
  ),
  (["routes", "zzz"], "unknown subcommand routes zzz; see recbridge routes list --help"),
  (
    ["audit", "lits"],
    "unknown subcommand audit lits; did you mean audit list? see recbridge audit list --help"
  ),
])
func `a wrong subcommand says in one line what may have been meant`(
  arguments: [String], said: String
) throws {
  let ended = try recbridge(arguments)
  #expect(ended.code == 64)
  #expect(ended.out == "")
  #expect(ended.err == "recbridge: \(said)\n")
}

@Test(arguments: [
  (["tail", "--jsno"], "unknown option --jsno; did you mean --json?"),
  (["tail", "--jsno=x"], "unknown option --jsno; did you mean --json?"),
  (["calls", "-x"], "unknown option -x;"),
  (["tail", "x"], "x is one too many;"),
  (["tail", "--json=1"], "--json takes no value;"),
  (["tail", "--json", "--json"], "--json is given twice;"),
  (["tail", "--socket"], "--socket needs a value: PATH;"),
  (["tail", "--socket="], "--socket needs a value: PATH;"),
  (["stop"], "CALL is missing;"),
  (["stop", "a", "b"], "b is one too many;"),
  (
    ["stop", "a", "--wait", "soon"],
    "--wait expects a whole number from 0 to 3600, found soon;"
  ),
  (["stop", "a", "--wait=-1"], "--wait expects a whole number from 0 to 3600, found -1;"),
  (["run"], "--config FILE is missing;"),
  (["check-config"], "FILE is missing;"),
  (
    ["demo", "--fault", "fire"],
    "--fault expects swallow-notification or ignore-command, found fire;"
  ),
  (
    ["simulate", "--listen", "localhost"],
    "--listen expects 127.0.0.1:PORT, found localhost;"
  ),
])
func `a wrong argument says in one line what was expected`(
  arguments: [String], said: String
) throws {
  let ended = try recbridge(arguments)
  #expect(ended.code == 64)
  #expect(ended.out == "")
  let name = arguments[0]
  #expect(ended.err == "recbridge \(name): \(said) see recbridge \(name) --help\n")
}

@Test func `without a subcommand the overview comes on standard error`() throws {
  let ended = try recbridge([])
  #expect(ended.code == 64)
  #expect(ended.out == "")
  #expect(ended.err.contains("Usage: recbridge SUBCOMMAND"))
}

@Test func `version says the name and three numbers`() throws {
  for argument in ["version", "--version"] {
    let ended = try recbridge([argument])
    #expect(ended.code == 0)
    let numbers = ended.out.dropFirst("recbridge ".count).dropLast().split(separator: ".")
    #expect(ended.out.hasPrefix("recbridge ") && numbers.count == 3)
    #expect(numbers.allSatisfy { Int($0) != nil })
  }
}
