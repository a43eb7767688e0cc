/// A day on which all that can happen did.
extension Records {
  static var troubled: Records {
    var records = Records()
    records.add(
      "daemon", at: 0,
      #""action":"started","version":"0.1.0","site":"hq","platform":"https://gws.example","#
        + #""profile":"gws-v2","agents":["alice","bob"],"key":"audit.example/hq+1fb10a2b+A""#)
    records.manyCommands()
    records.undone()
    records.refused()
    records.missed()
    records.add(
      "quarantine", at: 1_500,
      #""agent":"bob","reason":"call.id is missing","sizeBytes":1204,"sha256":"00ff00ff""#)
    records.add(
      "erasure", at: 1_520,
      #""action":"began","call":"long-ago","by":{"uid":7,"name":"eve"},"why":"asked to""#)
    records.add("erasure", at: 1_521, #""action":"ended","call":"long-ago","erasedValues":3"#)
    records.add(
      "retention", at: 1_530, #""action":"began","entries":5,"fields":["fileNames","userData"]"#)
    records.add("retention", at: 1_531, #""action":"ended","removedRecords":1240"#)
    records.add("heartbeat", at: 1_560, #""openCommands":0"#)
    records.add("tomorrow", at: 1_600, #""what":"a kind that comes later""#)
    records.add(
      "daemon", at: 1_700, #""action":"configured","added":["carol"],"removed":[],"changed":[]"#)
    records.add("command", at: 1_800, move(.init(id: "last", call: "c5"), "issued", asked: 1_800))
    return records
  }

  /// A card number in pieces: many commands within a minute.
  private mutating func manyCommands() {
    recording(at: 10, "Stopped", "Recording", call: "busy")
    var time = 20.0
    for index in 0..<12 {
      let isPause = index % 2 == 0
      let id = "m\(index)"
      let state = isPause ? "Paused" : "Recording"
      command(
        at: time,
        Story(
          id: id, call: "busy", operation: isPause ? "pause" : "resume", lasts: 0.12,
          evidence: #""kind":"notification","event":7,"state":"\#(state)""#))
      recording(
        at: time + 0.12, isPause ? "Recording" : "Paused", state, call: "busy", command: id)
      time += index < 6 ? 1.3 : 4
    }
    command(
      at: 90,
      Story(
        id: "m12", call: "busy", grade: "implied.released", lasts: 3, evidence: #""kind":"release""#
      ))
  }

  /// A Stop that did not hold, and a recording that began again by itself.
  private mutating func undone() {
    recording(at: 200, "Stopped", "Recording", call: "c2")
    command(
      at: 220,
      Story(
        id: "u1", call: "c2", grade: "contradicted", lasts: 6,
        more: #""previously":"confirmed.notified","#,
        evidence: #""kind":"notification","event":70,"state":"Recording""#))
    recording(at: 226, "Stopped", "Recording", call: "c2")
    add(
      "disagreement", at: 230,
      #""agent":"bob","call":"c2","witnesses":{"recordingState":"Recording","gsipRecord":"OFF","#
        + #""capabilities":["StartCallRecording"],"verdict":"disagree"}"#)
    command(at: 240, Story(id: "u2", call: "c2"))
    recording(at: 240.1, "Recording", "Stopped", call: "c2", command: "u2")
    add(
      "restarted", at: 275,
      #""agent":"bob","call":"c2","command":"u2","to":"Recording","recordingFile":"c2-second""#)
    recording(at: 275, "Stopped", "Recording", call: "c2")
  }

  private mutating func refused() {
    recording(at: 400, "Stopped", "Recording", call: "c3")
    command(
      at: 410,
      Story(
        id: "r1", call: "c3", operation: "pause", grade: "rejected", lasts: 0.2,
        evidence: #""kind":"reply","statusCode":403,"message":"not allowed","state":"Recording","#
          + #""recordingFile":"c3_5001_15550100.wav""#))
    command(
      at: 430,
      Story(
        id: "r2", call: "c3", operation: "resume", grade: "unconfirmed", lasts: 10,
        evidence: #""kind":"deadline""#))
    add(
      "look", at: 445,
      #""agent":"alice","call":"c3","route":"gws-v2","operation":"pause","recordingState":"Paused""#
    )
    command(
      at: 446,
      Story(id: "r3", call: "c3", grade: "satisfied", lasts: 0.01, evidence: #""kind":"knowledge""#)
    )
    add(
      "acknowledgement", at: 900,
      #""command":"r1","call":"c3","by":{"uid":7,"name":"eve"},"at":"\#(Self.text(900))","#
        + #""why":"supervisor told; customer called back""#)
  }

  /// A Stop in the middle of a gap that nothing closed, and another in an outage of the store.
  private mutating func missed() {
    recording(at: 1_000, "Stopped", "Recording", call: "c4")
    command(
      at: 1_020,
      Story(
        id: "g1", call: "c4", grade: "unobservable", lasts: 10,
        evidence: #""kind":"gap","state":"Recording""#))
    gap(from: 1_015, to: 1_040, isClosed: false)
    command(
      at: 1_070,
      Story(
        id: "g2", call: "c4", grade: "confirmed.polled", lasts: 2.1, more: #""emergency":true,"#,
        evidence: #""kind":"look","event":99,"state":"Stopped""#))
    add(
      "outage", at: 1_100,
      #""from":"\#(Self.text(1_060))","to":"\#(Self.text(1_100))","reason":"no space left","#
        + #""commands":["g2"],"lostRecords":0"#)
  }
}
