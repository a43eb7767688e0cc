import API

// The socket's types whose names other modules use as well.
typealias SocketPage = EventPage
typealias SocketRequest = CommandRequest
typealias SocketReply = CommandReply
