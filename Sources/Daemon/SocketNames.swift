import API

// The socket's types whose names other modules use as well.
typealias SocketEventPage = EventPage
typealias SocketCommand = CommandRequest
typealias SocketReply = CommandReply
typealias SocketGroupReply = GroupReply
