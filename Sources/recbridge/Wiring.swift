import Configuration

/// What a subcommand does once its arguments are understood and the other modules take over.
enum Wiring {
  /// Runs the bridge until a signal ends it.
  static func run(_ configuration: Configuration) -> ExitCode {
    unavailable("run")
  }

  /// Lets a call be recorded and stopped between a simulator and a bridge in temporary folders.
  ///
  /// `emit` gets the line of every event as it is published. Ends with `unconfirmed` when the
  /// command's grade is not a confirmation.
  static func demo(fault: DemoFault?, emit: @escaping ([UInt8]) -> Void) -> ExitCode {
    unavailable("demo")
  }

  /// Serves a simulated platform until a signal ends it; `ready` gets the address once it listens.
  static func simulate(
    _ address: ListenAddress, agents: Int, ready: @escaping (ListenAddress) -> Void
  ) -> ExitCode {
    unavailable("simulate")
  }

  /// Gives `emit` the audit entries of a store, oldest first, each as one JSON object.
  static func audit(store: String, emit: ([UInt8]) -> Void) -> ExitCode {
    unavailable("audit list")
  }

  /// Checks a store without changing it; `emit` gets a sentence for everything that is found.
  static func fsck(store: String, emit: (String) -> Void) -> ExitCode {
    unavailable("fsck")
  }

  private static func unavailable(_ name: String) -> ExitCode {
    Terminal.complain("recbridge \(name): unavailable in this build")
    return .unavailable
  }
}

/// What the demo's simulator does wrong when asked to.
enum DemoFault: String, CaseIterable {
  case swallowNotification = "swallow-notification"
}
