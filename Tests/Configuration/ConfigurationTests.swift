import Testing

@Test func placeholderConfiguration() { #expect(Bool(true)) }
