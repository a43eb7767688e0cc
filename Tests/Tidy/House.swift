/// Which module may know which: the arrows of the house, in one table.
enum House {
  /// Input and time in, effects out: these know one another along the arrows and nothing else, not
  /// even the C library.
  static let pure: [String: Set<String>] = [
    "JSON": [],
    "Bayeux": ["JSON"],
    "Calls": ["JSON"],
    "Commands": ["JSON", "Calls"],
    "OAuth2": ["JSON", "Bayeux"],
    "Evidence": [],
    "Feeds": ["JSON"],
    "Report": ["JSON", "Calls", "Commands"],
    "Privacy": ["JSON", "Evidence"],
    "Bridge": ["JSON", "Bayeux", "Calls", "Commands", "Evidence", "Privacy"],
    "Reactor": [],
  ]

  /// Each owns its library; of the house they know the loop's protocol alone, and the store the tree
  /// that its entries are the leaves of.
  static let edges: [String: Set<String>] = [
    "Loop": ["Reactor", "CUV", "CLinux"],
    "HTTP": ["Reactor", "CCurl", "CLinux"],
    "HTTPServer": ["Reactor", "CMicroHTTPD", "CLinux"],
    "Store": ["Reactor", "Evidence", "CISAL", "CSQLite", "CLinux"],
    "WebSocket": ["Reactor", "CWebSockets", "CLinux"],
    "Crypto": ["Reactor", "CCrypto", "CLinux"],
    "Outlets": ["Reactor", "CTLS", "CLinux"],
    "YAML": ["Reactor", "CYAML", "CLinux"],
  ]

  /// What comes with the toolchain and an edge may use.
  static let systemModules: Set<String> = ["Glibc", "Synchronization"]

  /// The system's own calls belong to no edge; every other C module has one owner.
  static let sharedLibraries: Set<String> = ["CLinux"]

  /// What may be imported by a module of that name, or nil if it is glue and sees both sides.
  static func importsAllowed(in module: String) -> Set<String>? {
    pure[module] ?? edges[module].map { $0.union(systemModules) }
  }

  static func importFindings(_ file: SourceFile, declared: [String: Set<String>]) -> [String] {
    guard let module = file.module else { return [] }
    var findings: [String] = []
    for line in file.code.numberedLines {
      guard let imported = importedModule(line.text) else { continue }
      let place = "\(file.path):\(line.number): \(module) may not import \(imported)"
      if let allowed = importsAllowed(in: module) {
        if !allowed.contains(imported) { findings.append(place) }
      } else if imported.hasPrefix("C"), isOwned(imported) {
        findings.append("\(place), which an edge owns")
      }
      let isOurs = declared[imported] != nil
      if isOurs, declared[module]?.contains(imported) != true {
        findings.append("\(place): Package.swift does not declare it")
      }
    }
    return findings
  }

  private static func isOwned(_ library: String) -> Bool {
    !sharedLibraries.contains(library) && edges.values.contains { $0.contains(library) }
  }

  /// The module that a line of code imports.
  static func importedModule(_ line: Substring) -> String? {
    let access: Set<Substring> = ["package", "internal", "fileprivate", "private", "public"]
    let kinds: Set<Substring> = [
      "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]
    var words = line.split { $0 == " " || $0 == "\t" }[...]
    while let word = words.first, word.hasPrefix("@") || access.contains(word) {
      words.removeFirst()
    }
    guard words.popFirst() == "import" else { return nil }
    if let word = words.first, kinds.contains(word) { words.removeFirst() }
    return words.first?.split(separator: ".").first.map { String($0.prefix { $0 != ";" }) }
  }

  static func unsafeFindings(_ file: SourceFile) -> [String] {
    guard let module = file.module, pure[module] != nil else { return [] }
    return file.text.numberedLines.filter { $0.text.lowercased().contains("unsafe") }.map {
      "\(file.path):\($0.number): a pure module says unsafe"
    }
  }

  /// The dependencies that the manifest gives each module.
  static func declaredDependencies(manifest: String) -> [String: Set<String>] {
    var declared: [String: Set<String>] = [:]
    for call in ["module(", "library(", ".executableTarget("] {
      for occurrence in manifest.ranges(of: call) {
        var depth = 1
        let arguments = manifest[occurrence.upperBound...].prefix { character in
          if character == "(" { depth += 1 }
          if character == ")" { depth -= 1 }
          return depth > 0
        }
        let quoted = arguments.split(separator: "\"", omittingEmptySubsequences: false)
        let names = quoted.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
        guard let name = names.first, !name.contains("\\") else { continue }
        declared[name] = call == "library(" ? [] : Set(names.dropFirst())
      }
    }
    return declared
  }

  static func manifestFindings(_ declared: [String: Set<String>]) -> [String] {
    var findings: [String] = []
    for (module, allowed) in pure.merging(edges, uniquingKeysWith: { first, _ in first }) {
      guard let found = declared[module] else {
        findings.append("Package.swift: no module \(module)")
        continue
      }
      findings += found.subtracting(allowed).map { "Package.swift: \(module) may not have \($0)" }
    }
    return findings
  }
}
