import JSON

/// What a notification shows besides the plain truth about its call.
struct NotificationFlaws: Sendable {
  var isWithoutCall = false
  var hasInvalidUTF8 = false
  var extraUserDataBytes = 0
}

extension SimulatedCall {
  /// The call object as notifications and snapshots carry it.
  func write(
    to writer: inout JSONWriter, internalURL: String, now: Duration,
    flaws: NotificationFlaws = NotificationFlaws()
  ) {
    writer.object { writer in
      writer.member("id", id)
      writer.member("state", state.rawValue)
      writer.member("callUuid", id)
      writer.member("connId", connID)
      writer.member("deviceUri", "\(internalURL)/api/v2/devices/\(deviceID)")
      writer.array("participants") { writer in
        writer.object { writer in
          writer.member("e164Number", "")
          writer.member("formattedPhoneNumber", remoteNumber)
          writer.member("phoneNumber", remoteNumber)
          writer.member("digits", remoteNumber)
        }
      }
      if direction == .inbound { writer.member("ani", ani) }
      writer.member("dnis", dnis)
      writer.member("callType", direction.rawValue)
      writer.member("capabilities", capabilities)
      if state != .released { writeUserData(to: &writer, flaws: flaws) }
      // Seconds, as a string.
      writer.member("duration", String((now - createdAt).components.seconds))
      writer.member("mute", "Off")
      if state != .released, let shown = shown(by: .recordingState) {
        writer.member("recordingState", shown.rawValue)
      }
      writer.member("supervisorListeningIn", false)
      writer.member("monitoredUserMuted", false)
      writer.member("monitoring", false)
      writer.member("uri", "\(internalURL)/api/v2/me/calls/\(id)")
      writer.member("path", "/calls/\(id)")
    }
  }

  private func writeUserData(to writer: inout JSONWriter, flaws: NotificationFlaws) {
    writer.object("userData") { writer in
      if let shown = shown(by: .attachedData) { writer.member("GSIP_RECORD", shown.attachedValue) }
      for datum in userData { writer.member(datum.name, raw: datum.value) }
      if let recordingFile { writer.member("GSIP_REC_FN", recordingFile) }
      if flaws.extraUserDataBytes > 0 {
        writer.member("SIM_Padding", String(repeating: "x", count: flaws.extraUserDataBytes))
      }
      if flaws.hasInvalidUTF8 {
        // C3 begins a character of two bytes; 28 cannot be the second.
        writer.member("SIM_Broken", raw: [0x22, 0xC3, 0x28, 0x22])
      }
    }
  }

  /// The `data` of a notification about this call.
  func notification(
    _ type: String, settings: SimulatorSettings, now: Duration, unixMilliseconds: Int64,
    flaws: NotificationFlaws
  ) -> [UInt8] {
    JSONWriter.write { writer in
      writer.object { writer in
        writer.member("notificationType", type)
        if !flaws.isWithoutCall {
          writer.name("call")
          write(to: &writer, internalURL: settings.internalURL, now: now, flaws: flaws)
        }
        writer.member("phoneNumber", phoneNumber)
        if type == "StatusChange" {
          writer.object("extensions") { $0.member("BusinessCall", 0) }
        }
        writer.member("messageType", "CallStateChangeMessage")
        if settings.metrics == .included {
          writeMetrics(to: &writer, unixMilliseconds: unixMilliseconds)
        }
      }
    }
  }
}

/// The server's own measurements: the nearest thing to an order that notifications have.
func writeMetrics(to writer: inout JSONWriter, unixMilliseconds: Int64) {
  writer.object("metrics") { writer in
    writer.object("eventProcessing") { writer in
      writer.member("nodeProcessingTimeNanos", 240_015)
      writer.member("serverGenerationTimestamp", unixMilliseconds)
      writer.member("serverProcessingTimeTotalMs", 2)
    }
  }
}
