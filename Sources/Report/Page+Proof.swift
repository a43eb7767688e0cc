import Commands

/// How a reader can check the page, what it does not show, and where it is signed.
extension Page {
  var checkpoint: Markup {
    let found = provenance.verification
    guard let newest = found.checkpoint else {
      return """
        <p><strong>Nothing was signed.</strong> The store has no checkpoint: that its entries were \
        not changed can be shown by nobody. Give the daemon a key: <code>recbridge audit \
        keygen</code>.</p>

        """
    }
    let size = newest.size == 1 ? "1 entry" : "\(Spoken.grouped(newest.size)) entries"
    let covers =
      account.lastEntry.map { last in
        if newest.size >= last {
          return newest.size == 1
            ? "the first entry, which is that of this report"
            : "all \(size) up to then, with those of this report"
        }
        return newest.size + 1 == last
          ? "\(size); not yet entry \(last)"
          : "\(size); those from \(newest.size + 1) to \(last) not yet"
      } ?? "\(size); this report has none"
    return """
      <p>The entries are the leaves of a Merkle tree (RFC 6962). A checkpoint is its root, signed: \
      whoever has one finds every entry of before that was changed, removed, added or moved since. \
      This is the newest:</p>
      <dl><dt>Covers</dt><dd>\(covers)</dd>
      <dt>Signed</dt><dd>\(Spoken.moment(newest.signedAt)) UTC</dd>
      <dt>Root</dt><dd><code>\(newest.root)</code></dd>\(key(newest))</dl>
      <pre>\(note(newest.note))</pre>
      <p>This paper, once signed, keeps that checkpoint where no machine can change it. Write its \
      lines into a file, and <code>--checkpoint FILE</code> below holds any later copy of the \
      store against it.</p>
      \(instructions)

      """
  }

  private func key(_ newest: Verification.NewestCheckpoint) -> Markup {
    guard let key = newest.key else {
      return "<dt>Key</dt><dd class=\"bad2\">of nobody who is trusted: see the top</dd>"
    }
    return """
      <dt>Key</dt><dd>\(foreign: key.name)<br/><code>\(key.text)</code></dd>
      <dt>Fingerprint</dt><dd><code>\(key.fingerprint)</code> <small>(SHA-256 of the key's 32 \
      bytes; keygen and verify.sh print the same)</small></dd>
      """
  }

  /// The lines as they are, so that they can be written into a file again.
  private func note(_ note: String) -> Markup {
    let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
    // It ends in a line break, behind which nothing stands.
    return Markup(lines.dropLast().map { "\(String($0))\n" })
  }

  private var instructions: Markup {
    """
    <h3>With recbridge</h3>
    <pre>recbridge audit verify STORE --key KEY
    recbridge audit verify STORE --key KEY --checkpoint FILE</pre>
    <p>The first recomputes every hash and every signature; the second also shows that the audit \
    has only grown since the checkpoint. KEY is the public key that you were given on a way of its \
    own, not the one on this page.</p>
    <h3>Without recbridge</h3>
    <pre>recbridge audit export --call ID --to DIR --store STORE
    sh DIR/verify.sh KEY</pre>
    <p>The first, run by whoever keeps the store, writes the entries of a call byte for byte, a \
    proof for each, the checkpoint and the script. The second is run by you, on any machine with \
    sh, openssl and sha256sum: it hashes each entry up to the root, and checks the signature of \
    that. The formats are c2sp.org/tlog-proof and c2sp.org/tlog-checkpoint.</p>
    """
  }

  var limits: Markup {
    """
    <ul><li><b>What the audio holds.</b> The entries say what the platform's control plane showed. \
    Whether the recorder wrote, or did not write, what it said is for a look at the recordings.</li>
    <li><b>When something happened on the platform.</b> It tells no times; these are when this \
    bridge saw it.</li>
    <li><b>That the audit is complete.</b> Whoever owns machine and key can run another program \
    that signs what it likes, and a store alone cannot show that its end was cut off. Checkpoints \
    that were kept elsewhere in time, and heartbeats, bound what can happen unseen.</li>
    <li><b>What happened in gaps and outages,</b> as far as nothing that came later shows it.</li>\
    </ul>

    """
  }

  var signature: Markup {
    let lines = ["Name", "Date", "Function", "Signature"].map { "<div>\($0)</div>" as Markup }
    return """
      <p>I have read this report, and seen to what section \
      \(PageSection.notConfirmed.rawValue) lists.</p>
      <div class="sig">\(lines)</div>

      """
  }
}
