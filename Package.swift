// swift-tools-version: 6.2
import PackageDescription

/// The one settings constant: every Swift target is compiled with exactly these.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .treatAllWarnings(as: .error),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),  // SE-0335: an existential says `any`
  .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409: an import is not re-exported
  .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444: members come from what is imported
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
  .enableUpcomingFeature("InferIsolatedConformances"),  // SE-0470
]

/// A C library of the system: a module map and a shim header, nothing else.
func library(_ name: String, _ pkgConfig: String?, apt: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func module(
  _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources, swiftSettings: settings)
}

/// The routes that are shipped, as files that become part of the executable.
let routes: [Resource] = [
  "gws-v2", "workspace-v3", "genesys-cloud", "genesys-cloud-recordings", "genesys-cloud-actions",
  "genesys-cloud-events", "genesys-cloud-sessions",
].map { .embedInCode("Routes/\($0).yaml") }

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name + "Tests", dependencies: dependencies + ["TestSupport"],
    path: "Tests/" + name, swiftSettings: settings)
}

let interopDependencies: [Target.Dependency] = [
  "JSON", "Bayeux", "Commands", "Bridge", "Evidence", "Configuration", "Daemon", "Reactor", "Loop",
  "HTTP", "HTTPServer", "Simulator", "Store",
]

let package = Package(
  name: "recbridge",
  targets: [
    library("CCrypto", "libcrypto", apt: "libssl-dev"),
    library("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    library("CISAL", "libisal", apt: "libisal-dev"),
    library("CLinux", nil, apt: "libc6-dev"),
    library("CMicroHTTPD", "libmicrohttpd", apt: "libmicrohttpd-dev"),
    library("CSQLite", "sqlite3", apt: "libsqlite3-dev"),
    library("CTLS", "libssl", apt: "libssl-dev"),
    library("CUV", "libuv", apt: "libuv1-dev"),
    library("CWebSockets", "libwebsockets", apt: "libwebsockets-dev"),
    library("CYAML", "yaml-0.1", apt: "libyaml-dev"),

    // Pure: input and time in, effects out. No C, no Foundation, no edge.
    module("JSON", []),
    module("Bayeux", ["JSON"]),
    module("Calls", ["JSON"]),
    module("Commands", ["JSON", "Calls"]),
    module("OAuth2", ["JSON", "Bayeux"]),
    module("Evidence", []),
    module("Feeds", ["JSON"]),
    module("Report", ["JSON", "Calls", "Commands"]),
    module("Privacy", ["JSON", "Evidence"]),
    module("Bridge", ["JSON", "Bayeux", "Calls", "Commands", "Evidence", "Privacy"]),

    // Edges: one library each. What they need of the loop is the protocol in Reactor.
    module("Reactor", []),
    module("Loop", ["Reactor", "CUV", "CLinux"]),
    module("HTTP", ["Reactor", "CCurl"]),
    module("HTTPServer", ["Reactor", "CMicroHTTPD", "CLinux"]),
    module("Store", ["CSQLite", "CISAL", "Evidence"]),
    module("WebSocket", ["Reactor", "CWebSockets"]),
    module("Crypto", ["CCrypto"]),
    module("Outlets", ["Reactor", "CTLS", "CLinux"]),
    module("YAML", ["CYAML"]),

    // Glue: the only places that see both sides.
    module("API", ["JSON", "HTTPServer", "Reactor"]),
    module("Configuration", ["YAML", "Calls", "Commands", "Privacy"], resources: routes),
    module(
      "Daemon",
      ["JSON", "Bayeux", "Calls", "Commands", "OAuth2", "Bridge", "Evidence", "Feeds", "Outlets"]
        + ["Privacy"]
        + ["CLinux", "Reactor", "Loop", "HTTP", "HTTPServer", "Store", "Crypto", "WebSocket"]
        + ["API", "Configuration"]),
    module("Simulator", ["JSON", "Reactor", "Loop", "HTTPServer", "WebSocket"]),
    .executableTarget(
      name: "recbridge",
      dependencies: [
        "JSON", "Commands", "Evidence", "Bridge", "Configuration", "Daemon", "HTTP", "HTTPServer",
        "Loop", "Reactor", "Report", "Simulator", "Store", "Crypto", "Privacy",
      ],
      swiftSettings: settings),

    .executableTarget(
      name: "sessions", dependencies: ["JSON", "Reactor", "Loop", "HTTP", "TestSupport"],
      path: "Benchmarks/Sessions", swiftSettings: settings),

    .executableTarget(
      name: "evidence",
      dependencies: [
        "Bayeux", "Bridge", "Commands", "Configuration", "Crypto", "Daemon", "Evidence", "JSON",
        "Loop", "Store",
      ],
      path: "Benchmarks/Evidence", swiftSettings: settings),

    .target(
      name: "TestSupport", dependencies: ["JSON", "Bayeux", "CLinux", "CSQLite", "Reactor"],
      path: "Tests/Support", swiftSettings: settings),
    // The fault matrix, for `scripts/faults`; it runs the built executable and is not shipped.
    .executableTarget(
      name: "faults",
      dependencies: ["JSON", "Reactor", "Loop", "HTTP", "TestSupport", "recbridge"],
      path: "Tests/Faults", swiftSettings: settings),
    tests("FaultProxy", ["faults", "HTTPServer", "JSON", "Loop"]),
    tests("JSON", ["JSON"]),
    tests("Bayeux", ["Bayeux", "JSON"]),
    tests("Calls", ["Calls", "JSON"]),
    tests("Commands", ["Commands", "Calls", "Configuration", "JSON"]),
    tests("OAuth2", ["OAuth2", "Bayeux"]),
    tests("Evidence", ["Evidence", "Crypto"]),
    tests("Feeds", ["Feeds", "JSON"]),
    tests("Report", ["Report", "Commands", "Crypto", "Evidence", "JSON"]),
    tests("Privacy", ["Privacy", "Crypto", "Evidence", "JSON"]),
    tests("Outlets", ["Outlets", "Loop", "Reactor"]),
    tests(
      "Bridge",
      ["Bridge", "Bayeux", "Calls", "Commands", "Configuration", "Crypto", "Evidence", "JSON"]
        + ["Privacy", "Report", "Simulator"]),
    tests("Loop", ["Loop", "Reactor"]),
    tests("HTTP", ["HTTP", "Loop", "Reactor"]),
    tests("HTTPServer", ["HTTPServer", "Loop", "Reactor"]),
    tests("Store", ["Store", "Evidence", "Crypto"]),
    tests("WebSocket", ["WebSocket", "Loop", "Reactor"]),
    tests("Crypto", ["Crypto"]),
    tests("YAML", ["YAML"]),
    tests("API", ["API", "HTTPServer", "Loop", "JSON"]),
    tests("Configuration", ["Configuration", "Calls", "Commands", "JSON", "Privacy", "YAML"]),
    tests(
      "Daemon",
      ["Daemon", "Configuration", "JSON", "Reactor", "Loop", "HTTP", "HTTPServer"]
        + ["Simulator", "Store", "Evidence", "Crypto", "Bridge", "Commands", "Feeds", "Outlets"]
        + ["Privacy"]),
    tests("Simulator", ["Simulator", "Loop", "HTTPServer", "WebSocket", "JSON"]),
    tests("Recbridge", ["JSON", "Store", "Evidence", "Crypto", "Daemon"]),
    .testTarget(
      name: "InteropTests", dependencies: interopDependencies + ["recbridge", "TestSupport"],
      path: "Tests/Interop", exclude: ["faye"], swiftSettings: settings),
    tests("Tidy", []),
  ]
)
