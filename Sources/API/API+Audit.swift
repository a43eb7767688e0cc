import HTTPServer

/// The audit's evidence, as the texts that C2SP specifies.
extension API {
  func checkpoint() throws(Problem) -> ServerResponse {
    let note: String?
    do {
      note = try backend.checkpoint()
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
    guard let note else {
      throw .notFound("Nothing was signed yet; audit.key of the configuration names the key.")
    }
    return Self.text(note)
  }

  func proof(_ segment: String) throws(Problem) -> ServerResponse {
    guard let number = Int64(segment), number > 0, String(number) == segment else {
      throw .badRequest("An entry is named by its number, from 1 on.")
    }
    let view: ProofView
    do {
      view = try backend.proof(ofEntry: number)
    } catch {
      throw .storeUnavailable(Self.detail(error))
    }
    switch view {
    case .file(let text): return Self.text(text)
    case .absent: throw .notFound("The audit has no entry \(number).")
    case .unsigned:
      throw Problem(
        status: 409, title: "Not signed yet",
        detail: "No checkpoint covers entry \(number) yet; the next one is due within a minute.")
    }
  }

  private static func text(_ text: String) -> ServerResponse {
    ServerResponse(
      status: 200, headers: [ServerHeader("Content-Type", "text/plain; charset=utf-8")],
      body: Array(text.utf8))
  }
}
