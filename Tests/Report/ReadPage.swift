import JSON
import TestSupport
import Testing

/// A page as a strict reader of XML finds it. Python's expat refuses whatever is not well-formed.
struct ReadPage {
  /// The names of its elements and of their attributes.
  let elements: Set<String>
  let attributes: Set<String>
  /// What attributes that can lead elsewhere say.
  let links: Set<String>
  /// What can be read, without the style sheet.
  let text: String
  /// How many sections, articles, tables and drawings there are.
  let counts: [String: Int]
  /// Drawings, tables and links that lack what readers with other senses need.
  let faults: [String]

  init(_ page: String) throws {
    try self.init(try Self.read(page))
  }

  private init(_ value: JSONValue) throws {
    func texts(_ name: String) -> [String] {
      value[name].map { $0.elements.compactMap(\.string) } ?? []
    }
    elements = Set(texts("elements"))
    attributes = Set(texts("attributes"))
    links = Set(texts("links"))
    text = try #require(value["text"]?.string)
    faults = texts("faults")
    counts = Dictionary(
      uniqueKeysWithValues: (value["counts"].map { Array($0.members) } ?? []).map {
        ($0.name, Int($0.value.integer ?? 0))
      })
  }

  private static func read(_ page: String) throws -> JSONValue {
    try withFolder { folder in
      try writeText(page, to: "\(folder)/page.html")
      let process = try ChildProcess(
        "/usr/bin/env", ["python3", "-c", script, "\(folder)/page.html"],
        output: .file("\(folder)/out"), errors: .file("\(folder)/errors"))
      let code = process.wait()
      try #require(code == 0, "\(readText("\(folder)/errors") ?? "")")
      return try JSONValue.parse(Array((readText("\(folder)/out") ?? "").utf8))
    }
  }

  private static let script = #"""
    import collections, json, sys, xml.etree.ElementTree as tree
    root = tree.parse(sys.argv[1]).getroot()
    name = lambda element: element.tag.rsplit("}", 1)[-1]
    parents = {child: parent for parent in root.iter() for child in parent}
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    faults, links, attributes, counts = [], set(), set(), collections.Counter()
    for e in root.iter():
        counts[name(e)] += 1
        attributes |= {key.rsplit("}", 1)[-1] for key in e.attrib}
        for key, value in e.attrib.items():
            if key in ("href", "src", "action", "style") or "url" in value or key[:2] == "on":
                links.add(value)
            if value[:1] == "#" and value[1:] not in ids: faults.append("no target: " + value)
        children = [name(child) for child in e]
        if name(e) == "svg" and e.get("aria-hidden") != "true" and (
                e.get("role") != "img" or children[:2] != ["title", "desc"]):
            faults.append("a drawing without title and description")
        if name(e) == "table" and children[:1] != ["caption"]: faults.append("no caption")
        if name(e) == "th" and not e.get("scope"): faults.append("th without scope")
    if len(ids) != len(set(ids)): faults.append("an id twice")
    if not root.get("lang"): faults.append("no language")
    for style in root.iter("{http://www.w3.org/1999/xhtml}style"): style.text = ""
    print(json.dumps({
        "elements": sorted({name(e) for e in root.iter()}), "attributes": sorted(attributes),
        "links": sorted(links), "text": "".join(root.itertext()), "counts": counts,
        "faults": faults}))
    """#
}
