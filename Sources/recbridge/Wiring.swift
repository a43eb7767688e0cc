import Configuration
import Daemon
import Glibc
import Loop
import Reactor
import Simulator

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
    var daemon: Daemon?
    for number in [SIGTERM, SIGINT] { try loop.onSignal(number) { daemon?.stop() } }
    var ending = Daemon.Ending.storeFound
    while ending == .storeFound {
      do throws(DaemonError) {
        daemon = try Daemon(
          configuration, loop: loop, logger: Logger(), after: daemon,
          onEnd: {
            ending = $0
            loop.stop()
          })
      } catch {
        Terminal.complain("recbridge run: \(error)")
        return error.isTemporary ? .unavailable : .configuration
      }
      daemon?.start()
      loop.run()
    }
    return ending == .storeLost ? .failure : .success
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
    _ address: ListenAddress, agents: Int, acknowledges: Bool,
    ready: @escaping (ListenAddress) -> Void
  ) -> ExitCode {
    _ = signal(SIGPIPE, SIG_IGN)  // As in `run`.
    do {
      let loop = try EventLoop()
      defer { loop.close() }
      var settings = SimulatorSettings(agentCount: agents)
      if acknowledges { settings.acknowledgement = .offered }
      let simulator = Simulator(settings: settings, loop: loop)
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
}

/// What the demo's simulator does wrong when asked to.
enum DemoFault: String, CaseIterable {
  case swallowNotification = "swallow-notification"
}
