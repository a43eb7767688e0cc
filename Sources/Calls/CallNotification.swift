package import JSON

/// What a notification is about.
package enum NotificationContent: Equatable, Sendable {
  case call(Call)
  /// The state of the agent's device.
  case device
  /// An operation failed later than its reply. Never a confirmation of anything.
  case error(PlatformError)
  /// Workspace v3 has finished setting up the session of the agent, or has failed to: `Complete`,
  /// `Failed` or a word that we do not know. Nil when it does not say.
  case initialization(state: String?)
  /// A message type that says nothing about calls, or that we do not know.
  case other(messageType: String)
}

/// What an error message of the platform tells, which may be nothing but that there was one.
package struct PlatformError: Equatable, Sendable {
  /// What went wrong in the platform's words, if it has any.
  package let message: String?
  /// The code of a Workspace v3 error.
  package let code: String?
  /// The device concerned.
  package let devicePath: String?
}

/// The `data` of one message from the platform, in any of the wire variants it has had.
package struct CallNotification: Equatable, Sendable {
  /// The platform's word for the kind of message.
  package let messageType: String
  /// Absent on old platforms and on errors.
  package let notificationType: NotificationType?
  /// What it tells.
  package let content: NotificationContent
  /// The agent's own number, not the customer's.
  package let phoneNumber: String?
  /// Workspace v3 only: the operation that caused it.
  package let operationId: String?
  /// When the platform made it, since the Unix epoch; most notifications do not say.
  package let generatedAt: Duration?
  /// The `data` object, byte for byte.
  package let raw: JSONValue

  /// The call that it describes, if it describes one.
  package var call: Call? {
    if case .call(let call) = content { call } else { nil }
  }

  /// Whether the platform says that the recording of the call changed.
  package var isRecordingChange: Bool { notificationType == .recordingStateChange }

  /// Throws when a message that must carry a call does not, or when the call is not readable.
  package init(data: JSONValue) throws(MemberError) {
    let reader = try MemberReader(data, path: "data")
    // A message without a type is readable when a call says what it is.
    let given = try reader.text("messageType")
    guard let messageType = given ?? (reader["call"] == nil ? nil : Self.callMessage) else {
      throw reader.missing("messageType", "a string")
    }
    self.messageType = messageType
    notificationType = reader.lenientText("notificationType").map(NotificationType.init)
    content = try Self.content(of: reader, messageType, notificationType)
    phoneNumber = reader.lenientText("phoneNumber")
    operationId = reader.lenientText("operationId")
    generatedAt = reader["metrics"]?["eventProcessing"]?["serverGenerationTimestamp"]?.integer
      .map { Duration.milliseconds($0) }
    raw = data
  }

  private static let callMessage = "CallStateChangeMessage"

  private static func content(
    of reader: MemberReader, _ messageType: String, _ notificationType: NotificationType?
  ) throws(MemberError) -> NotificationContent {
    switch messageType {
    case callMessage, "CallStateChanged":
      if let call = reader["call"] { return .call(try Call(call, path: "data.call")) }
      if notificationType == .error || reader["errorMessage"] != nil {
        return .error(error(reader))
      }
      throw reader.missing("call", "an object")
    case "DeviceStateChangeMessage", "DnStateChanged": return .device
    case "ErrorMessage", "EventError": return .error(error(reader))
    case "WorkspaceInitializationComplete":
      return .initialization(state: reader.lenientText("state"))
    default: return .other(messageType: messageType)
    }
  }

  private static func error(_ reader: MemberReader) -> PlatformError {
    let nested = reader["error"].flatMap { try? MemberReader($0, path: "data.error") }
    return PlatformError(
      message: reader.lenientText("errorMessage") ?? nested?.lenientText("errorMessage"),
      code: nested?.lenientText("errorCode"),
      devicePath: reader.lenientText("devicePath"))
  }
}
