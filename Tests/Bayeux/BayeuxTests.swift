import Testing

@Test func placeholderBayeux() { #expect(Bool(true)) }
