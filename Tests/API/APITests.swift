import Testing

@Test func placeholderAPI() { #expect(Bool(true)) }
