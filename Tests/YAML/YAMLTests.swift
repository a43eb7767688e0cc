import Testing

@Test func placeholderYAML() { #expect(Bool(true)) }
