import CMicroHTTPD

extension RequestHead {
  /// Copies the head of the request that `handle` is being called back for.
  init(
    _ handle: OpaquePointer, _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?,
    _ target: [UInt8]
  ) {
    // Both are texts of libmicrohttpd, ended by a zero and valid during its callback.
    self.method = unsafe method.map { unsafe String(cString: $0) } ?? ""
    self.version = unsafe version.map { unsafe String(cString: $0) } ?? ""
    self.target = target
    self.headers = unsafe Self.headers(of: handle)
    self.sizeBytes = unsafe cmhd_head_bytes(handle)
  }

  private final class Collector {
    var headers: [ServerHeader] = []
  }

  private static func headers(of handle: OpaquePointer) -> [ServerHeader] {
    let collector = Collector()
    // The collector outlives the call that is given its address, and nothing keeps the address.
    withExtendedLifetime(collector) {
      var reader = unsafe cmhd_header_reader(
        owner: Unmanaged.passUnretained(collector).toOpaque(),
        header: { owner, name, nameBytes, value, valueBytes in
          guard let owner = unsafe owner else { return }
          // Both lengths are libmicrohttpd's; the bytes are copied here.
          let header = unsafe ServerHeader(
            String(decoding: UnsafeRawBufferPointer(start: name, count: nameBytes), as: UTF8.self),
            String(decoding: UnsafeRawBufferPointer(start: value, count: valueBytes), as: UTF8.self)
          )
          unsafe Unmanaged<Collector>.fromOpaque(owner).takeUnretainedValue()
            .headers.append(header)
        })
      unsafe cmhd_each_header(handle, &reader)
    }
    return collector.headers
  }
}
