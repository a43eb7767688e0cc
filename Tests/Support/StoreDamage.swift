import CSQLite

/// Changes rows of a store behind its back, as a failing disk or a careless hand does; a daemon may
/// have it open. The trigger that refuses such changes is gone then, which the next open sees.
package func damage(
  store path: String, _ table: String, set change: String, where condition: String
) throws(StoreDamageFailed) {
  var opened: OpaquePointer?
  // Safe: the path lives through the call, and what is opened is closed below in any case.
  defer { unsafe _ = sqlite3_close_v2(opened) }
  guard unsafe sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK else {
    throw StoreDamageFailed()
  }
  let sql = """
    PRAGMA busy_timeout = 60000;
    DROP TRIGGER IF EXISTS \(table)_refuse_update;
    UPDATE \(table) SET \(change) WHERE \(condition);
    """
  // Safe: the text lives through the call; no callback, no message pointer is asked for.
  guard unsafe sqlite3_exec(opened, sql, nil, nil, nil) == SQLITE_OK else {
    throw StoreDamageFailed()
  }
}

/// The rows could not be changed.
package struct StoreDamageFailed: Error {}
