import Testing

@Test func placeholderBridge() { #expect(Bool(true)) }
