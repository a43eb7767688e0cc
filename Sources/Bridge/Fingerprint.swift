package import JSON

/// What a configuration was, without saying it: a hash of each of its parts, without the secrets.
///
/// Two that are equal were the same configuration of the same version of the program. Of two that
/// are not, the parts say where they differ.
package struct Fingerprint: Equatable, Sendable {
  /// One key of the configuration's top level.
  package struct Part: Equatable, Sendable {
    package let name: String
    /// SHA-256 in hexadecimal digits.
    package let digest: String

    package init(name: String, digest: String) {
      self.name = name
      self.digest = digest
    }
  }

  package let parts: [Part]
  /// Of all parts together, in the same form.
  package let digest: String

  package init(parts: [Part], digest: String) {
    self.parts = parts
    self.digest = digest
  }

  /// As an entry has it; nil for anything else.
  package init?(_ value: JSONValue) {
    guard let digest = value["digest"]?.string, let parts = value["parts"] else { return nil }
    self.digest = digest
    self.parts = parts.members.compactMap { member in
      member.value.string.map { Part(name: member.name, digest: $0) }
    }
  }

  /// The names of the parts that are not the same in both, or in one of them alone.
  package func parts(differingFrom other: Fingerprint) -> [String] {
    let names =
      parts.map(\.name)
      + other.parts.map(\.name).filter { name in
        !parts.contains { $0.name == name }
      }
    return names.filter { self[$0] != other[$0] }
  }

  private subscript(name: String) -> String? { parts.first { $0.name == name }?.digest }

  func write(to writer: inout JSONWriter) {
    writer.member("digest", digest)
    writer.member(
      "parts",
      object: { writer in
        for part in parts { writer.member(part.name, part.digest) }
      })
  }
}
