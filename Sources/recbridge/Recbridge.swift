@main
struct Recbridge {
  static func main() {
    print("recbridge")
  }
}
