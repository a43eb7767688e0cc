extension Route {
  /// Genesys Web Services, API v2: `POST` on the call with an `operationName`.
  ///
  /// From the vendor's pages on call recording and its table of return values (GWS 8.6.0), and from
  /// captured logs of 8.5.202.96. Acceptance is never the outcome: that comes as a notification,
  /// which does not say by which command.
  package static let gwsV2 = Route(
    name: "gws-v2",
    exchanges: [
      .start: gwsV2Exchange(#"{"operationName":"StartCallRecording"}"#),
      .stop: gwsV2Exchange(#"{"operationName":"StopCallRecording"}"#),
      .pause: gwsV2Exchange(#"{"operationName":"PauseCallRecording"}"#),
      .resume: gwsV2Exchange(#"{"operationName":"ResumeCallRecording"}"#),
    ],
    headers: usualHeaders,
    status: StatusMembers(code: ["statusCode"], message: ["statusMessage"]),
    // 9: processing is not complete.
    successes: [0, 9].map { Success(statuses: 100...399, code: $0, isAsynchronous: true) },
    refusals: [
      Refusal(.notAuthenticated, codes: .these([20])),
      // Partial success: which part, only the items say.
      Refusal(.transient, codes: .these([7])),
      Refusal(.gone, codes: .these([6])),
      // Invalid for the current state; exists already; in use.
      Refusal(.conflict, codes: .these([2, 18, 19])),
      // A parameter is missing; validation failed; a read-only property.
      Refusal(.malformed, codes: .these([1, 10, 11])),
      // Also internal errors: the vendor says that an answer with an error changed nothing.
      Refusal(.permanent, codes: .present),
    ] + refusalsByStatus,
    namesOperations: false,
    verification: Exchange(.get, "/api/v2/me/calls?fields=*"))

  private static func gwsV2Exchange(_ body: Template) -> Exchange {
    Exchange(.post, "/api/v2/me/calls/\(.call)", body: body)
  }

  /// Workspace API v3: `POST` on a path of each operation, with an id that the platform gives back.
  ///
  /// From the vendor's client libraries (workspace-client-java, workspace-client-js) and its
  /// simulator (agent-api-simulator): code 0 is done, 1 is accepted asynchronously; 603 is
  /// "Unauthorized"; the simulator answers 500 in plain text for an unknown call and 501 for an
  /// unknown command. No table of the other codes is published.
  package static let workspaceV3 = Route(
    name: "workspace-v3",
    exchanges: [
      .start: workspaceV3Exchange("/workspace/v3/voice/calls/\(.call)/start-recording"),
      .stop: workspaceV3Exchange("/workspace/v3/voice/calls/\(.call)/stop-recording"),
      .pause: workspaceV3Exchange("/workspace/v3/voice/calls/\(.call)/pause-recording"),
      .resume: workspaceV3Exchange("/workspace/v3/voice/calls/\(.call)/resume-recording"),
    ],
    headers: usualHeaders,
    status: StatusMembers(code: ["status", "code"], message: ["status", "message"]),
    successes: [
      Success(statuses: 200...299, code: 0, isAsynchronous: false),
      Success(statuses: 200...299, code: 1, isAsynchronous: true),
    ],
    refusals: [
      Refusal(.notAuthenticated, codes: .these([603])),
      Refusal(.notAuthenticated, statuses: 401...401),
      Refusal(.gone, codes: .absent, statuses: 500...500, words: "id does not exist"),
      Refusal(.permanent, statuses: 501...501),
      Refusal(.throttled, statuses: 429...429),
      Refusal(.transient, statuses: 408...408),
      Refusal(.permanent, codes: .present, statuses: 200...499),
    ] + refusalsByStatus,
    namesOperations: true,
    verification: Exchange(.get, "/workspace/v3/voice/calls"))

  private static func workspaceV3Exchange(_ path: Template) -> Exchange {
    Exchange(.post, path, body: #"{"operationId":"\#(.operationId)"}"#)
  }

  /// The vendor lists `Origin` as mandatory for the recording operations.
  private static let usualHeaders = [
    Header("Origin", "\(.origin)"), Header("Accept", "application/json"),
    Header("Content-Type", "application/json;charset=UTF-8"),
  ]

  /// What an answer without a code means: it may come from somebody between. RFC 9110 section 15.5
  /// and RFC 6585 section 4.
  private static let refusalsByStatus = [
    Refusal(.notAuthenticated, codes: .absent, statuses: 401...401),
    Refusal(.notAuthenticated, codes: .absent, statuses: 403...403),
    Refusal(.throttled, codes: .absent, statuses: 429...429),
    Refusal(.transient, codes: .absent, statuses: 408...408),
    Refusal(.permanent, codes: .absent, statuses: 400...499),
  ]
}
