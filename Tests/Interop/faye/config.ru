# A Bayeux server that nobody here wrote: Faye, from Debian, with an emitter and a few switches.
#
#   GET /emit?n=1000&start=0&pause=0.001   publishes n notifications, numbered in data.seq
#   GET /forget                            the server forgets every session
#   GET /sessions                          how many sessions there are
#   GET /requests                          how many Bayeux requests came, by their first channel
require 'faye'
require 'json'
Faye::WebSocket.load_adapter('thin')

CHANNEL = '/v2/me/calls'
BURST = 100 # messages published in one turn of the reactor
HOLD = ENV.fetch('FAYE_HOLD', '25').to_f # seconds a connect is held
ACCOUNT = ENV['FAYE_ACCOUNT'] # user:password, when credentials are demanded
PAYLOAD = JSON.parse(File.read(ENV.fetch('FAYE_PAYLOAD')))

SERVER = Faye::RackAdapter.new(nil, mount: '/cometd', timeout: HOLD)

REQUESTS = Hash.new(0)

def count(env)
  body = env['rack.input'].read
  env['rack.input'].rewind
  first = [JSON.parse(body)].flatten.first
  REQUESTS[first['channel'].delete_prefix('/meta/')] += 1
end

def engine
  SERVER.instance_variable_get(:@server).engine
end

def sessions
  memory = engine.instance_variable_get(:@engine)
  memory.instance_variable_get(:@namespace).instance_variable_get(:@used).keys
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
    forgotten.each { |id| engine.instance_variable_get(:@engine).destroy_client(id) }
    answer('forgotten' => forgotten.length)
  when '/sessions'
    answer('sessions' => sessions.length)
  when '/requests'
    answer(REQUESTS)
  else
    [404, {}, ["not found\n"]]
  end
end

run lambda { |env|
  next CONTROL.call(env) unless env['PATH_INFO'].start_with?('/cometd')

  count(env)
  if ACCOUNT && env['HTTP_AUTHORIZATION'] != "Basic #{[ACCOUNT].pack('m0')}"
    next [401, { 'WWW-Authenticate' => 'Basic realm="faye"' }, ["401\n"]]
  end
  SERVER.call(env)
}
