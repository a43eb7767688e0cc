import HTTP
import JSON

/// A member of a group: prints what the group is to read, and acknowledges what it has printed.
///
/// One endless answer, because whoever reads a group keeps it from the others only while it lasts.
/// After any failure the group says where to go on: what was printed and not acknowledged comes
/// again.
struct GroupTail {
  let client: APIClient
  let printer: EventPrinter
  let group: String
  let filters: [(name: String, value: String)]

  /// Between attempts while the daemon is away, and before the group is read anew.
  private static let pause: Duration = .seconds(1)

  private var path: String { "/v1/groups/\(APIRequest.encoded(group))" }

  /// Makes the group at `place` unless there is one.
  func make(at place: String) throws(APIError) {
    let body = JSONWriter.write { writer in writer.object { $0.member("at", place) } }
    let request = APIRequest(
      method: "PUT", path: path, headers: [HTTPHeader("If-None-Match", "*")], body: body)
    do throws(APIError) {
      _ = try client.send(request)
    } catch {
      if case .refused(status: 412, _) = error { return }
      throw error
    }
  }

  /// Reads until something goes wrong that does not pass.
  func follow() throws(APIError) {
    var (hasBegun, isLost) = (false, false)
    while true {
      do throws(APIError) {
        try read { (hasBegun, isLost) = (true, false) }
      } catch {
        guard hasBegun || error.isBroken, error.mayPass else { throw error }
        if !isLost {
          Terminal.complain(
            "recbridge tail: the daemon is away; the group \(group) goes on when it is back")
        }
        isLost = true
      }
      client.pause(Self.pause)
    }
  }

  /// Reads one answer to its end; `hasLines` is called whenever some of it has come.
  private func read(hasLines: () -> Void) throws(APIError) {
    let query = [(name: "stream", value: "1")] + filters
    let stream = client.open(APIRequest(path: "\(path)/events", query: query))
    defer { stream.cancel() }
    while let lines = try stream.next() {
      hasLines()
      var last: String?
      for line in lines {
        guard let event = try? JSONValue.parse(line), let id = event["id"]?.string else {
          throw .notUnderstood("an event is not JSON, or has no id")
        }
        // Not an event of the store: the daemon gave up on a reader that was too slow.
        if event["type"]?.string == "recbridge.lagged.v1" { continue }
        printer.say(event)
        last = id
      }
      if let last { try acknowledge(last) }
    }
  }

  private func acknowledge(_ cursor: String) throws(APIError) {
    let body = JSONWriter.write { writer in writer.object { $0.member("cursor", cursor) } }
    do throws(APIError) {
      _ = try client.send(APIRequest(method: "POST", path: "\(path)/ack", body: body))
    } catch {
      // Another member that was away, or an operator, has moved the group: ahead, and this is done
      // already; elsewhere, and the daemon lets it be read from there.
      if case .refused(status: 409, _) = error { return }
      throw error
    }
  }
}
