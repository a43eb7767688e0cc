import Configuration
import Daemon
import Glibc
import Loop
import Reactor
import Simulator

/// What a subcommand does once its arguments are understood and the other modules take over.
enum Wiring {
  /// Runs the bridge until a signal ends it; `file` is what SIGHUP reads again.
  static func run(_ configuration: Configuration, from file: String) -> ExitCode {
    _ = signal(SIGPIPE, SIG_IGN)
    do throws(ReactorError) {
      let loop = try EventLoop()
      defer { loop.close() }
      return try run(configuration, from: file, on: loop)
    } catch {
      Terminal.complain("recbridge run: \(error)")
      return .failure
    }
  }

  private static func run(
    _ configuration: Configuration, from file: String, on loop: EventLoop
  ) throws(ReactorError) -> ExitCode {
    var daemon: Daemon?
    for number in [SIGTERM, SIGINT] { try loop.onSignal(number) { daemon?.stop() } }
    try loop.onSignal(SIGHUP) { daemon?.reload(file) }
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
  static func demo(
    fault: DemoFault?, over transport: Transport, keep: String?,
    emit: @escaping ([UInt8]) -> Void
  ) -> Demo.Ending {
    Demo.run(fault: fault, over: transport, keep: keep, emit: emit)
  }

  /// Serves a simulated platform until a signal ends it; `ready` gets the address once it listens.
  static func simulate(
    _ address: ListenAddress, _ settings: SimulatorSettings,
    ready: @escaping (ListenAddress) -> Void
  ) -> ExitCode {
    _ = signal(SIGPIPE, SIG_IGN)  // As in `run`.
    raiseDescriptorLimit()
    do {
      let loop = try EventLoop()
      defer { loop.close() }
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

  /// Lets the process open as many files as it may: a session needs two connections, and the usual
  /// soft limit of 1,024 is there for programs that use select(2). What fails is found at accept.
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    // Safe: both calls read or write the one structure during the call.
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}

/// What the demo's simulator does wrong when asked to.
enum DemoFault: String, CaseIterable {
  case swallowNotification = "swallow-notification"
  case ignoreCommand = "ignore-command"
}
