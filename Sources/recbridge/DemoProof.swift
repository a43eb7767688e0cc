import Daemon
import Evidence
import Store

/// The demo's ending: what it did can be checked by others.
extension Demo {
  /// Shows the checkpoint and verifies the audit with the demo's own key; with `keeping`, also
  /// writes an export of the call and a report. A failure if the audit is not what was written.
  func prove(_ code: ExitCode, keeping: Bool) throws -> Ending {
    var audit = StoreAudit(trusting: [key.verifier], outside: [])
    let reader = try Store.open(at: storePath, access: .inspecting)
    defer { reader.close() }
    try audit.examine(reader)
    guard audit.findings.isEmpty, let latest = try reader.latestCheckpoint() else {
      for finding in audit.findings { Terminal.complain("recbridge demo: \(finding)") }
      return Ending(code: .failure)
    }
    if keeping, let call {
      guard try AuditExportCommand.export(call, from: reader, to: folder + "/export") == .success
      else {
        return Ending(code: .failure)
      }
      let page = try AuditReportCommand.page(of: reader, audit)
      if let problem = ExportFile("report.html", bytes: page).create(at: folder + "/report.html") {
        Terminal.complain("recbridge demo: \(problem)")
        return Ending(code: .failure)
      }
    }
    let note = latest.note.split(separator: "\n").map { "  \($0)" }
    return Ending(
      code: code,
      proof: ["The newest checkpoint of the audit:", ""] + note + [""]
        + AuditSummary.lines(audit, storePath))
  }
}
