import Commands

/// What a number of worlds went through, to see that they went somewhere.
struct Statistics {
  var kills = 0
  var resumed = 0
  var notResumed = 0
  var restored = 0
  var gaps = 0
  var gapsNotClosed = 0
  var quarantined = 0
  var notifications = 0
  var lost = 0
  var sentAgain = 0
  var notSent = 0
  var looks = 0
  var restarts = 0
  // On WebSockets.
  var opened = 0
  var refusedUpgrades = 0
  var stalls = 0
  var pushed = 0
  var resumedOnSocket = 0
  var forgottenCookies = 0
  var repeatedKeys = 0
  // Taken out.
  var removed = 0
  var dropped = 0
  var erasures = 0
  var committed = 0
  var grades: [Grade: Int] = [:]

  mutating func add(_ other: Statistics) {
    kills += other.kills
    resumed += other.resumed
    notResumed += other.notResumed
    restored += other.restored
    gaps += other.gaps
    gapsNotClosed += other.gapsNotClosed
    quarantined += other.quarantined
    notifications += other.notifications
    lost += other.lost
    sentAgain += other.sentAgain
    notSent += other.notSent
    looks += other.looks
    restarts += other.restarts
    opened += other.opened
    refusedUpgrades += other.refusedUpgrades
    stalls += other.stalls
    pushed += other.pushed
    resumedOnSocket += other.resumedOnSocket
    forgottenCookies += other.forgottenCookies
    repeatedKeys += other.repeatedKeys
    removed += other.removed
    dropped += other.dropped
    erasures += other.erasures
    committed += other.committed
    grades.merge(other.grades, uniquingKeysWith: +)
  }
}
