import Commands

/// What was confirmed, by what, and how long it took.
extension Page {
  var confirmed: Markup {
    let sure = account.commands.filter { $0.standing == .confirmed }
    var section = Markup.nothing
    if sure.isEmpty {
      return Markup("\(section)<p>\(none) tells that a command was confirmed.</p>")
    }
    let rows = ["confirmed.notified", "confirmed.polled", "confirmed.resynced"].compactMap {
      grade -> Markup? in
      let latencies = Latencies(sure.filter { $0.grade == grade }.compactMap(\.latency))
      let count = sure.count { $0.grade == grade }
      return count == 0 ? nil : row(grade, count, latencies)
    }
    section += """
      <p>A command counts as confirmed only if a witness that was observed after it was issued \
      showed the state that was asked for, and the platform's own statements about the recording \
      (its state, the attached data, and what the agent may do) did not contradict each other. \
      That the platform accepted a command confirms nothing. Each command with its witness and its \
      latency is listed with its call in section \(PageSection.calls.rawValue).</p>
      <table class="mx"><caption>By grade, with the time from request to \
      confirmation</caption><thead><tr>\
      <th scope="col">What witnessed it</th><th scope="col" class="num">Commands</th>\
      <th scope="col" class="num">Median</th><th scope="col" class="num">95 %</th>\
      <th scope="col" class="num">Slowest</th></tr></thead><tbody>
      \(rows)</tbody></table>

      """
    let over = account.commands.filter { $0.standing == .over }
    if !over.isEmpty {
      section += """
        <p>Of \(Spoken.count(over.count, "more command")) nothing was left to be done: the \
        call had ended (<code>implied.released</code>), or it was so already \
        (<code>satisfied</code>).</p>

        """
    }
    return Markup("\(section)")
  }

  private func row(_ grade: String, _ count: Int, _ latencies: Latencies) -> Markup {
    let meaning =
      switch grade {
      case "confirmed.notified": "a notification of the platform after the command"
      case "confirmed.polled": "the platform's answer when it was asked after the command"
      default: "the platform's list of calls, read after a gap"
      }
    let numbers = [latencies.percentile(50), latencies.percentile(95), latencies.slowest].map {
      "<td class=\"num\">\($0.map { Spoken.duration($0) } ?? "–")</td>" as Markup
    }
    return """
      <tr><th scope="row">\(meaning) <small><code>\(grade)</code></small></th>\
      <td class="num">\(Spoken.grouped(count))</td>\(numbers)</tr>

      """
  }

  var latencies: Markup {
    let latencies = account.latencies
    guard let chart = LatencyChart(latencies), let half = latencies.percentile(50),
      let most = latencies.percentile(95), let nearlyAll = latencies.percentile(99),
      let slowest = latencies.slowest
    else {
      return """
        <p>There is nothing to measure. \(none) tells that a command was confirmed.</p>

        """
    }
    return """
      <p>From the moment a command was on disk to the moment its witness was seen, by a clock that \
      nobody sets. Of \(Spoken.count(latencies.sorted.count, "confirmation")) half took \
      \(Spoken.duration(half)) or less, 95 of 100 took \(Spoken.duration(most)) or less, and 99 of \
      100 took \(Spoken.duration(nearlyAll)) or less; the slowest took \
      \(Spoken.duration(slowest)).</p>
      <figure class="h">\(chart.svg)<figcaption class="m">Confirmations by the time they took. The \
      steps are 1, 2 and 5 times powers of ten; the figure above a bar is how many.</figcaption>\
      </figure>

      """
  }
}
