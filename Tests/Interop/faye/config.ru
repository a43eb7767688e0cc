# A Bayeux server that nobody here wrote: Faye, from Debian, with an emitter and a few switches.
#
#   GET /emit?n=1000&start=0&pause=0.001   publishes n notifications, numbered in data.seq
#   GET /forget                            the server forgets every session and closes its socket
#   GET /forget?quiet=1                    so it does, and leaves the sockets as they are
#   GET /sessions                          how many sessions there are
#   GET /requests                          how many Bayeux requests came, by their first channel;
#                                          over a WebSocket each message counts
#   GET /version                           of Faye and of what serves it
#   GET /sockets                           upgrades granted and refused, goodbyes that came over
#                                          sockets, and how many sessions have one now
require 'faye'
require 'json'
Faye::WebSocket.load_adapter('thin')

CHANNEL = '/v2/me/calls'
BURST = 100 # messages published in one turn of the reactor
HOLD = ENV.fetch('FAYE_HOLD', '25').to_f # seconds a connect is held
ACCOUNT = ENV['FAYE_ACCOUNT'] # user:password, when credentials are demanded
REFUSED = ENV['FAYE_REFUSE']&.to_i # the status of the answer to every upgrade
PAYLOAD = JSON.parse(File.read(ENV.fetch('FAYE_PAYLOAD')))

SERVER = Faye::RackAdapter.new(nil, mount: '/cometd', timeout: HOLD)

REQUESTS = Hash.new(0)
SOCKETS = { 'opened' => 0, 'refused' => 0, 'disconnects' => 0 }

# A constant, because the methods of this file are not there for classes.
COUNT = ->(message) { REQUESTS[message['channel'].delete_prefix('/meta/')] += 1 }

# What comes over a WebSocket passes by no Rack application, but by this.
class SocketCount
  def incoming(message, request, callback)
    if Faye::WebSocket.websocket?(request.env)
      SOCKETS['disconnects'] += 1 if message['channel'] == '/meta/disconnect'
      COUNT.call(message)
    end
    callback.call(message)
  end
end
SERVER.add_extension(SocketCount.new)

def count(env)
  body = env['rack.input'].read
  env['rack.input'].rewind
  COUNT.call([JSON.parse(body)].flatten.first)
end

def engine
  SERVER.instance_variable_get(:@server).engine
end

def memory
  engine.instance_variable_get(:@engine)
end

def namespace
  memory.instance_variable_get(:@namespace)
end

def sessions
  namespace.instance_variable_get(:@used).keys
end

# As a node of a cluster does that has lost its memory: nobody is told.
def forget_quietly(id)
  memory.instance_variable_get(:@clients).delete(id)
  memory.instance_variable_get(:@channels).each_value { |ids| ids.delete(id) }
  memory.instance_variable_get(:@messages).delete(id)
  namespace.release(id)
end

def sockets
  connections = engine.instance_variable_get(:@connections)
  SOCKETS.merge('open' => connections.values.count(&:socket))
end

def emit(first, last, pause)
  stop = [first + BURST, last].min
  (first...stop).each do |sequence|
    data = PAYLOAD.merge('seq' => sequence)
    engine.publish('channel' => CHANNEL, 'data' => data, 'id' => sequence.to_s(36))
  end
  EM.add_timer(pause) { emit(stop, last, pause) } if stop < last
end

def answer(value)
  [200, { 'Content-Type' => 'application/json' }, ["#{JSON.generate(value)}\n"]]
end

CONTROL = lambda do |env|
  request = Rack::Request.new(env)
  case request.path_info
  when '/emit'
    first = request.params['start'].to_i
    count = request.params['n'].to_i
    EM.next_tick { emit(first, first + count, (request.params['pause'] || 0.001).to_f) }
    answer('emitting' => count)
  when '/forget'
    forgotten = sessions
    quiet = request.params['quiet'] == '1'
    forgotten.each { |id| quiet ? forget_quietly(id) : memory.destroy_client(id) }
    answer('forgotten' => forgotten.length)
  when '/sessions'
    answer('sessions' => sessions.length)
  when '/requests'
    answer(REQUESTS)
  when '/version'
    answer('version' => "Faye #{Faye::VERSION} on thin #{Thin::VERSION::STRING}")
  when '/sockets'
    answer(sockets)
  else
    [404, {}, ["not found\n"]]
  end
end

run lambda { |env|
  next CONTROL.call(env) unless env['PATH_INFO'].start_with?('/cometd')

  upgrades = Faye::WebSocket.websocket?(env)
  count(env) unless upgrades
  if ACCOUNT && env['HTTP_AUTHORIZATION'] != "Basic #{[ACCOUNT].pack('m0')}"
    next [401, { 'WWW-Authenticate' => 'Basic realm="faye"' }, ["401\n"]]
  end
  if upgrades
    SOCKETS[REFUSED ? 'refused' : 'opened'] += 1
    next [REFUSED, {}, ["no WebSocket\n"]] if REFUSED
  end
  SERVER.call(env)
}
