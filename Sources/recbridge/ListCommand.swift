import JSON

/// The API's lists: get one, print it.
enum ListCommand {
  static let options: [Option] = [.socket, .json]

  /// Prints the array `member` of what `path` answers.
  static func run(
    _ arguments: Arguments, path: String, member: String, as listing: Listing
  ) -> ExitCode {
    let socket = SocketPath.chosen(arguments)
    do throws(APIError) {
      let client = try APIClient(socket: socket)
      let answer = try client.json(APIRequest(path: path))
      guard let list = answer[member], list.kind == .array else {
        throw APIError.notUnderstood("\(path) has no list \(member)")
      }
      switch arguments.form {
      case .json: for item in list.elements { Terminal.say(line: item.raw) }
      case .readable: listing.say(Array(list.elements))
      }
      return .success
    } catch {
      return error.report(socket: socket)
    }
  }
}
