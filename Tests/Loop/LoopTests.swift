import Testing

@Test func placeholderLoop() { #expect(Bool(true)) }
