import Daemon
import Evidence
import TestSupport
import Testing

/// An export of which no word was ever signed by the key whose fingerprint it has: its key is one
/// of RSA that ends in the 32 bytes of that one.
enum ForgedExport {
  /// Writes everything but verify.sh into the folder.
  static func write(to folder: String, _ audit: AuditGround) throws {
    // An exponent of RSA is odd, so the bytes that it ends in must be.
    var victim = try AuditKey(name: "audit.example/hq").verifier
    while victim.publicKey.last.map({ $0 % 2 == 0 }) == true {
      victim = try AuditKey(name: victim.name).verifier
    }
    let forged = try audit.ground.run(
      "/usr/bin/env",
      ["python3", "-c", program, folder, victim.name, Hex.text(victim.publicKey)])
    try #require(forged.code == 0, "\(forged)")
  }

  /// Two small primes with which the exponent works; a tree of two entries; PKCS #1 v1.5.
  private static let program = #"""
    import base64, hashlib, math, random, sys
    folder, origin, public = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3])
    exponent = int.from_bytes(b'\x01' + public, 'big')
    def prime():
        while True:
            p = random.getrandbits(256) | 3 << 254 | 1
            if all(pow(a, p - 1, p) == 1 for a in (2, 3, 5, 7, 11, 13)): return p
    while True:
        p, q = prime(), prime()
        if p != q and math.gcd(exponent, (p - 1) * (q - 1)) == 1: break
    modulus, secret = p * q, pow(exponent, -1, (p - 1) * (q - 1))
    def tlv(tag, value):
        size = len(value)
        return bytes([tag] + ([size] if size < 128 else [0x81, size])) + value
    def integer(n): return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, 'big'))
    algorithm = tlv(0x30, bytes.fromhex('06092a864886f70d0101010500'))
    rsa = tlv(0x30, integer(modulus) + integer(exponent))
    key = tlv(0x30, algorithm + tlv(3, b'\0' + rsa))
    assert key[-32:] == public
    def sha(data): return hashlib.sha256(data).digest()
    def text(data): return base64.b64encode(data).decode()
    def write(name, content): open(folder + '/' + name, 'wb').write(content)
    pem = text(key)
    write('key.pem', ('-----BEGIN PUBLIC KEY-----\n' + '\n'.join(
        pem[i:i + 64] for i in range(0, len(pem), 64)) + '\n-----END PUBLIC KEY-----\n').encode())
    entries = [b'{"forged":1}', b'{"forged":2}']
    leaves = [sha(b'\0' + entry) for entry in entries]
    root = sha(b'\1' + leaves[0] + leaves[1])
    signed = f'{origin}\n2\n{text(root)}\n'.encode()
    digest = bytes.fromhex('3031300d060960864801650304020105000420') + sha(signed)
    block = b'\0\1' + b'\xff' * (61 - len(digest)) + b'\0' + digest
    signature = pow(int.from_bytes(block, 'big'), secret, modulus).to_bytes(64, 'big')
    number = sha(origin.encode() + b'\n\1' + public)[:4]
    note = signed + f'\n\u2014 {origin} {text(number + signature)}\n'.encode()
    write('checkpoint', note)
    for i in (0, 1):
        write(f'{i + 1}.json', entries[i])
        head = f'c2sp.org/tlog-proof@v1\nindex {i}\n{text(leaves[1 - i])}\n\n'
        write(f'{i + 1}.tlog-proof', head.encode() + note)
    """#
}
