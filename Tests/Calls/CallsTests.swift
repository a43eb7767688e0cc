import Testing

@Test func placeholderCalls() { #expect(Bool(true)) }
