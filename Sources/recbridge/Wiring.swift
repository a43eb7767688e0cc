import Configuration
import Daemon
import Glibc
import JSON
import Loop
import Reactor
import Simulator
import Store

/// What a subcommand does once its arguments are understood and the other modules take over.
enum Wiring {
  /// Runs the bridge until a signal ends it.
  static func run(_ configuration: Configuration) -> ExitCode {
    _ = signal(SIGPIPE, SIG_IGN)
    do throws(ReactorError) {
      let loop = try EventLoop()
      defer { loop.close() }
      return try run(configuration, on: loop)
    } catch {
      Terminal.complain("recbridge run: \(error)")
      return .failure
    }
  }

  private static func run(
    _ configuration: Configuration, on loop: EventLoop
  ) throws(ReactorError) -> ExitCode {
    var code = ExitCode.success
    let daemon: Daemon
    do throws(DaemonError) {
      daemon = try Daemon(
        configuration, loop: loop, logger: Logger(),
        onEnd: { ending in
          if ending == .storeLost { code = .failure }
          loop.stop()
        })
    } catch {
      Terminal.complain("recbridge run: \(error)")
      return error.isTemporary ? .unavailable : .configuration
    }
    for number in [SIGTERM, SIGINT] { try loop.onSignal(number) { daemon.stop() } }
    daemon.start()
    loop.run()
    return code
  }

  /// Lets a call be recorded and stopped between a simulator and a bridge in temporary folders.
  ///
  /// `emit` gets the line of every event as it is published. Ends with `unconfirmed` when the
  /// command's grade is not a confirmation.
  static func demo(fault: DemoFault?, emit: @escaping ([UInt8]) -> Void) -> ExitCode {
    Demo.run(fault: fault, emit: emit)
  }

  /// Serves a simulated platform until a signal ends it; `ready` gets the address once it listens.
  static func simulate(
    _ address: ListenAddress, agents: Int, ready: @escaping (ListenAddress) -> Void
  ) -> ExitCode {
    _ = signal(SIGPIPE, SIG_IGN)  // As in `run`.
    do {
      let loop = try EventLoop()
      defer { loop.close() }
      let simulator = Simulator(settings: SimulatorSettings(agentCount: agents), loop: loop)
      let port = try simulator.start(host: address.host, port: address.port)
      for number in [SIGTERM, SIGINT] { try loop.onSignal(number) { loop.stop() } }
      ready(ListenAddress(host: address.host, port: port))
      loop.run()
      simulator.stop()
      return .success
    } catch {
      Terminal.complain("recbridge simulate: \(error)")
      return .unavailable
    }
  }

  /// Entries that one read of the store takes: bounded memory, whatever the store holds.
  private static let entriesPerRead = 256

  /// Gives `emit` the audit entries of a store, oldest first, each as one JSON object.
  static func audit(store path: String, emit: ([UInt8]) -> Void) -> ExitCode {
    do throws(StoreError) {
      let store = try Store.open(at: path, access: .reading)
      defer { store.close() }
      var last: Int64 = 0
      while true {
        let entries = try store.entries(after: last, limit: entriesPerRead)
        guard let newest = entries.last else { return .success }
        for entry in entries { emit(entry.record) }
        last = newest.number
      }
    } catch {
      Terminal.complain("recbridge audit list: \(error)")
      return .failure
    }
  }

  /// Checks a store without changing it; `emit` gets a sentence for everything that is found.
  static func fsck(store path: String, emit: (String) -> Void) -> ExitCode {
    do throws(StoreError) {
      let store = try Store.open(at: path, access: .inspecting)
      defer { store.close() }
      let report = try store.fsck()
      for finding in report.findings { emit(finding.description) }
      return report.findings.isEmpty ? .success : .failure
    } catch {
      Terminal.complain("recbridge fsck: \(error)")
      return .failure
    }
  }
}

/// What the demo's simulator does wrong when asked to.
enum DemoFault: String, CaseIterable {
  case swallowNotification = "swallow-notification"
}
