import Testing

/// The tree is as the house wants it. Beside each check stands a canary: the same check, given a
/// file that breaks the rule, must find it.
struct TidyTests {
  private let tree: Tree

  init() throws { tree = try Tree.shared.get() }

  private func file(_ path: String, _ text: String) -> SourceFile {
    SourceFile(path: path, text: text)
  }

  @Test func `the tree is read`() {
    #expect(
      tree.files.contains { $0.path == "Sources/JSON/JSONValue.swift" && $0.module == "JSON" })
    #expect(tree.files.contains { $0.path == "Tests/Tidy/TidyTests.swift" && $0.module == nil })
    #expect(tree.manifest.contains("let package = Package("))
  }

  // MARK: The arrows

  @Test func `no module imports against the arrows`() {
    let declared = House.declaredDependencies(manifest: tree.manifest)
    #expect(tree.files.flatMap { House.importFindings($0, declared: declared) } == [])
  }

  @Test(arguments: [
    ("Bayeux", "import Glibc"), ("JSON", "import Foundation"),
    ("JSON", "import FoundationEssentials"),
    ("Bridge", "import Store"), ("Bridge", "import Reactor"), ("Commands", "import Bayeux"),
    ("Calls", "import CLinux"), ("Reactor", "import Glibc"), ("Loop", "import JSON"),
    ("HTTP", "package import Bayeux"), ("Store", "import HTTP"), ("HTTP", "import CUV"),
    ("HTTPServer", "@preconcurrency import Dispatch"), ("YAML", "import struct Foundation.Data"),
    ("Loop", "internal import func Calls.decode"), ("Daemon", "import CCurl"),
    ("API", "import CMicroHTTPD"), ("API", "import Bridge"), ("Simulator", "import Store"),
  ])
  func `an import against the arrows is found`(_ module: String, _ line: String) {
    let text = "// import Nothing\nlet text = \"\"\"\nimport Nothing\n\"\"\"\n  \(line)\n"
    let declared = House.declaredDependencies(manifest: tree.manifest)
    let findings = House.importFindings(file("Sources/\(module)/X.swift", text), declared: declared)
    #expect(!findings.isEmpty)
    #expect(findings.allSatisfy { $0.hasPrefix("Sources/\(module)/X.swift:5: ") })
  }

  @Test(arguments: [
    ("Bridge", "package import Calls"), ("Loop", "import Glibc"), ("Loop", "import CUV"),
    ("HTTP", "import Synchronization"), ("Daemon", "import Store"), ("Daemon", "import Glibc"),
  ])
  func `an import along the arrows is none`(_ module: String, _ line: String) {
    let declared = House.declaredDependencies(manifest: tree.manifest)
    let found = House.importFindings(file("Sources/\(module)/X.swift", line), declared: declared)
    #expect(found == [])
  }

  @Test func `no pure module says unsafe`() {
    #expect(tree.files.flatMap(House.unsafeFindings) == [])
    let text = "let a = 1\n// unsafe\nlet b = UnsafePointer<Int>.self\n"
    #expect(House.unsafeFindings(file("Sources/Calls/X.swift", text)).count == 2)
    #expect(House.unsafeFindings(file("Sources/Loop/X.swift", text)) == [])
  }

  @Test func `the manifest declares no dependency against the arrows`() {
    #expect(House.manifestFindings(House.declaredDependencies(manifest: tree.manifest)) == [])
  }

  @Test(arguments: [
    (#"module("JSON", [])"#, #"module("JSON", ["Reactor"])"#),
    (#"module("Calls", ["JSON"])"#, #"module("Calls", ["JSON", "Bayeux"])"#),
    (#"module("Store", ["#, #"module("Store", ["JSON", "#),
    (#"module("YAML", "#, #"module("YML", "#),
    (#"module("HTTP", ["#, #"module("HTTP", ["HTTPServer", "#),
  ])
  func `a dependency against the arrows is found`(_ line: String, _ broken: String) {
    #expect(tree.manifest.contains(line))
    let manifest = tree.manifest.replacing(line, with: broken)
    #expect(House.manifestFindings(House.declaredDependencies(manifest: manifest)).count == 1)
  }

  @Test func `a dependency list over several lines is read whole`() {
    let manifest = """
      module(
        "Daemon",
        ["JSON"]
          + ["Loop"]),
      module("YAML", ["CYAML"]),
      .executableTarget(
        name: "recbridge", dependencies: ["Daemon"], swiftSettings: settings),
      """
    #expect(
      House.declaredDependencies(manifest: manifest)
        == ["Daemon": ["JSON", "Loop"], "YAML": ["CYAML"], "recbridge": ["Daemon"]])
  }

  // MARK: The habits

  @Test func `no file is too long and no line too wide`() {
    #expect(tree.files.flatMap(Habits.lengthFindings) == [])
    let wide = String(repeating: "é", count: 101) + "\n"
    #expect(Habits.lengthFindings(file("Sources/A/X.swift", wide)).count == 1)
    #expect(Habits.lengthFindings(file("Sources/A/X.swift", String(wide.dropFirst()))) == [])
    let long = String(repeating: "\n", count: 401)
    #expect(Habits.lengthFindings(file("Sources/A/X.swift", long)).count == 1)
    #expect(Habits.lengthFindings(file("Sources/A/X.swift", String(long.dropFirst()))) == [])
  }

  @Test func `no function is too long`() {
    #expect(tree.files.flatMap(Habits.functionFindings) == [])
  }

  @Test(arguments: [
    "func a() {", "  package static func a<T>(_ b: T = f(\"}\")) -> T {", "@Test func `a { b`() {",
    "func a(\n  b: Int\n) {", "private init?(_ a: Int) {", "deinit {", "subscript(a: Int) -> Int {",
    "func a() { // }\n/* } */ let b = \"\\(c(\"}\"))}\"; let d = #\"\\}\"#",
  ])
  func `a function of 71 lines is found and one of 70 is not`(_ start: String) {
    let inner = 71 - 1 - start.split(separator: "\n").count
    let around = "protocol P {\n  func p()\n}\n\nstruct S {\n"
    for (lines, count) in [(inner, 1), (inner - 1, 0)] {
      let body = String(repeating: "\n  if a { b() }", count: lines)
      let text = around + start + body + "\n}\nfunc short() {}\n}\n"
      let findings = Habits.functionFindings(file("Tests/A/X.swift", text))
      #expect(findings.count == count, "\(lines)")
    }
  }

  @Test func `no word stands that is banned`() {
    #expect(tree.files.flatMap(Habits.bannedFindings) == [])
    for word in Habits.bannedInSources {
      #expect(Habits.bannedFindings(file("Sources/A/X.swift", "a\n\(word)b")).count == 1, "\(word)")
      #expect(Habits.bannedFindings(file("Sources/A/X.swift", "// \(word)b")) == [], "\(word)")
    }
    for word in Habits.bannedWords {
      #expect(Habits.bannedFindings(file("Sources/A/X.swift", "// \(word): b")).count == 1)
      #expect(Habits.bannedFindings(file("Sources/A/X.swift", "// u\(word)X")) == [])
    }
    for word in Habits.bannedInTests {
      #expect(Habits.bannedFindings(file("Tests/A/X.swift", "  \(word)1)")).count == 1, "\(word)")
    }
  }

  @Test func `every text ends its lines and itself cleanly`() {
    #expect(tree.files.flatMap(Habits.spaceFindings) == [])
    for text in ["a \nb\n", "a\t\n", "a\r\n", "a", "a\n\n"] {
      #expect(Habits.spaceFindings(file("docs/x.md", text)).count == 1, "\(text)")
    }
    #expect(Habits.spaceFindings(file("docs/x.md", "a\n\nb\n")) == [])
  }
}
