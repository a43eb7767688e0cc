import CCurl

/// A list of texts as curl takes them; whoever gives it to curl keeps it as long as curl does.
///
/// Owns a `curl_slist`.
@safe final class TextList {
  private(set) var head: UnsafeMutablePointer<curl_slist>?

  /// `nil` if memory is out.
  init?(_ texts: [String]) {
    for text in texts {
      // Safe: curl copies the text. On failure the list so far stays and `deinit` frees it.
      guard let longer = unsafe curl_slist_append(head, text) else { return nil }
      unsafe head = longer
    }
  }

  // Safe: freed once, and curl takes a null pointer for an empty list.
  deinit { unsafe curl_slist_free_all(head) }
}
