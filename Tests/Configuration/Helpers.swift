import Configuration
import Glibc
import Testing

/// The least configuration that runs, with a password from the environment.
let minimal = """
  site: hq
  platform:
    url: https://gws.example
  store: /var/lib/recbridge/store.db
  socket: /run/recbridge/recbridge.sock
  agents:
    - name: alice
      user: alice
      password: { env: ALICE }

  """

typealias Loaded = (configuration: Configuration, warnings: [ConfigurationProblem])

func read(_ text: String) throws(ConfigurationError) -> Loaded {
  try Configuration.read(Array(text.utf8), file: "c.yaml") { name in
    ["ALICE": "wonder land", "EMPTY": "", "LINES": "a\nb"][name]
  }
}

/// What is said about `text`, one problem a line; empty when it is accepted.
func problems(_ text: String) -> String {
  do {
    _ = try read(text)
    return ""
  } catch {
    return error.description
  }
}

/// A file of its own with `text`, removed after `body`.
func withFile<Result>(
  _ text: String, mode: mode_t = 0o600, _ body: (String) throws -> Result
) throws -> Result {
  var template = Array("/tmp/recbridge-configuration-XXXXXX".utf8CString)
  // The buffer is ours, ends with a zero, and is changed in place.
  let descriptor = unsafe mkstemp(&template)
  try #require(descriptor >= 0)
  let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  defer { _ = unsafe unlink(path) }
  let bytes = Array(text.utf8)
  // The count is that of the array.
  try #require(unsafe write(descriptor, bytes, bytes.count) == bytes.count)
  fchmod(descriptor, mode)
  close(descriptor)
  return try body(path)
}
