import TestSupport
import Testing

@Test(arguments: [["fsck"], ["audit", "list", "--store"], ["audit", "list", "--json", "--store"]])
func `a store that is not there, or is another file, is said to be so`(
  arguments: [String]
) throws {
  let missing = try recbridge(arguments + ["/nonexistent/store.db"])
  #expect(missing.code == 1)
  #expect(missing.out == "")
  #expect(missing.err.contains("/nonexistent/store.db: "), "\(missing.err)")
  try withFile("this is a text, and by no means a database of ours\n") { file in
    let foreign = try recbridge(arguments + [file])
    #expect(foreign.code == 65)
    #expect(foreign.out == "")
    #expect(foreign.err.contains("\(file): file is not a database"), "\(foreign.err)")
  }
}
