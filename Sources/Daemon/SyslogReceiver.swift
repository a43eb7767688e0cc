import Configuration
import Feeds
import Glibc
import Outlets
import Reactor

/// Events as syslog messages, over whichever way the feed has.
final class SyslogReceiver: FeedReceiver {
  private let feed: SyslogFeed
  private let format: SyslogFormat
  private let tls: TLSContextKeeper
  private let reactor: any Reactor
  private var stream: StreamDelivery?
  private var datagrams: DatagramDelivery?

  init(_ feed: SyslogFeed, reactor: any Reactor) {
    self.feed = feed
    format = SyslogFormat(
      facility: feed.facility.number, host: Self.hostName, enterprise: feed.enterprise,
      sizeMaxBytes: feed.sizeMaxBytes)
    tls = TLSContextKeeper(
      caFile: feed.tls.certificateAuthority, certificateFile: feed.tls.certificate,
      keyFile: feed.tls.key)
    self.reactor = reactor
  }

  func deliver(_ batch: [FeedEvent], completion: @escaping (DeliveryFailure?) -> Void) {
    let messages = batch.map(format.message)
    let ended: (OutletError?) -> Void = { [weak self] error in
      let received = self?.datagrams?.received ?? 0
      self?.stream = nil
      self?.datagrams = nil
      completion(error.map { DeliveryFailure(reason: $0.description, received: received) })
    }
    switch feed.way {
    case .unix(let path):
      datagrams = DatagramDelivery(messages, to: path, reactor: reactor, completion: ended)
    case .tcp(let address): send(messages, to: address, tls: nil, ended)
    case .tls(let address):
      do throws(OutletError) {
        send(messages, to: address, tls: try tls.context(), ended)
      } catch {
        fail(error, completion)
      }
    }
  }

  private func send(
    _ messages: [[UInt8]], to address: FeedAddress, tls: TLSContext?,
    _ ended: @escaping (OutletError?) -> Void
  ) {
    stream = StreamDelivery(
      messages.flatMap(SyslogFormat.framed), to: address.host, port: address.port, tls: tls,
      reactor: reactor, completion: ended)
  }

  /// Not before `deliver` has returned.
  private func fail(
    _ error: OutletError, _ completion: @escaping (DeliveryFailure?) -> Void
  ) {
    refusal = reactor.makeTimer { [weak self] in
      self?.refusal?.cancel()
      self?.refusal = nil
      completion(DeliveryFailure(reason: error.description))
    }
    refusal?.start(after: .zero)
  }

  private var refusal: (any ReactorTimer)?

  func reopen() {}

  func close() {
    stream?.cancel()
    datagrams?.cancel()
    refusal?.cancel()
  }

  private static var hostName: String {
    // One byte more than a name may have, for the zero that ends it.
    var name = [CChar](repeating: 0, count: Int(HOST_NAME_MAX) + 1)
    // At most that many bytes are written, and the last of them stays zero.
    guard unsafe gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
