import Testing

@Test func placeholderRecbridge() { #expect(Bool(true)) }
