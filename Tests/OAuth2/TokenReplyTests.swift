import OAuth2
import Testing

private let waiter = WaiterID(rawValue: 1)

/// What the keeper makes of an answer: the token, or why there is none.
private func outcome(_ status: Int, _ body: String) -> String? {
  var keeper = TokenKeeper(seed: 1)
  _ = keeper.handle(.wanted(waiter, until: .milliseconds(1)), at: .zero)
  let reply = TokenReply.response(status: status, retryAfter: nil, body: Array(body.utf8))
  for effect in keeper.handle(.answered(reply), at: .zero) {
    switch effect {
    case .grant(_, let token): return token.reveal()
    case .failed(let reason): return reason
    default: continue
    }
  }
  return nil
}

private let endpoint = "the token endpoint answered"

@Test(arguments: [
  (200, #"{"access_token":"abc","token_type":"bearer","expires_in":"60"}"#, "abc"),
  (200, #"{"access_token":"abc"}"#, "abc"),
  (
    200, #"{"access_token":"abc","token_type":"mac"}"#,
    "\(endpoint) HTTP status 200, and the token is of type mac, not Bearer"
  ),
  (
    200, #"{"access_token":"a\r\nX: y"}"#,
    "\(endpoint) HTTP status 200 without a usable access_token"
  ),
  (200, #"{"access_token":""}"#, "\(endpoint) HTTP status 200 without a usable access_token"),
  (200, "{}", "\(endpoint) HTTP status 200 without a usable access_token"),
  (200, "<html>sign in</html>", "\(endpoint) HTTP status 200, and the body is not JSON"),
  (502, "<html>", "\(endpoint) HTTP status 502, and the body is not JSON"),
  (500, "{}", "\(endpoint) HTTP status 500"),
  (
    401, #"{"error":"invalid_client","error_description":"no\nsuch \u00e9"}"#,
    "\(endpoint) invalid_client: no?such ? (HTTP status 401)"
  ),
  (200, #"{"error":"slow_down"}"#, "\(endpoint) slow_down (HTTP status 200)"),
])
func `an answer is a token or a reason that fits a log line`(
  status: Int, body: String, expected: String
) {
  #expect(outcome(status, body) == expected)
}

@Test func `what a server says of an error is cut off`() {
  let long = String(repeating: "x", count: 1_000)
  let reason = outcome(400, #"{"error":"e","error_description":"\#(long)"}"#)
  #expect(reason?.utf8.count ?? 1_000 < 300)
}

@Test func `the form is as the standard has it`() {
  #expect(
    String(decoding: TokenRequest.clientCredentials(scope: "a b").body, as: UTF8.self)
      == "grant_type=client_credentials&scope=a+b")
  #expect(
    String(
      decoding: TokenRequest.password(user: "ü", password: "a&b=c%", scope: nil).body,
      as: UTF8.self) == "grant_type=password&username=%C3%BC&password=a%26b%3Dc%25")
  #expect(
    String(decoding: TokenRequest.refresh(Token("r+1"), scope: nil).body, as: UTF8.self)
      == "grant_type=refresh_token&refresh_token=r%2B1")
}

@Test func `a token is never printed`() {
  let token = Token("hunter2")
  var dumped = ""
  dump(token, to: &dumped)
  let request = TokenRequest.refresh(token, scope: nil)
  for text in ["\(token)", String(reflecting: token), "\([token])", "\(request)", dumped] {
    #expect(!text.contains("hunter2"), "\(text)")
  }
}
