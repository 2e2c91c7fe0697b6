-- What each request of wrk is: a body as bench/tag-body.ts makes them, with ids of its own.
-- BENCH_BODIES: a file of bodies up to their last fields; BENCH_VISITORS: a file of visitor ids;
-- BENCH_HEADERS: a file of "name: value"; BENCH_DELAY_MS: mean pause of a connection between two requests.

local ffi = require("ffi")
ffi.cdef("typedef struct { long s; long us; } bench_time; int gettimeofday(bench_time *t, void *zone);")
local clock = ffi.new("bench_time")

local function now_us()
  ffi.C.gettimeofday(clock, nil)
  return tonumber(clock.s) * 1e6 + tonumber(clock.us)
end

local function lines(name)
  local all = {}
  for line in io.lines(os.getenv(name)) do all[#all + 1] = line end
  return all
end

local bodies = lines("BENCH_BODIES")
local visitors = lines("BENCH_VISITORS")
local mean = tonumber(os.getenv("BENCH_DELAY_MS") or "0")

wrk.method = "POST"
for _, line in ipairs(lines("BENCH_HEADERS")) do
  local name, value = line:match("^(.-): (.*)$")
  wrk.headers[name] = value
end

function init()
  math.randomseed(now_us() % 2 ^ 31)
end

function request()
  local ms = math.floor(now_us() / 1000)
  return wrk.format(nil, nil, nil, string.format('%s,"occurredAt":%.0f,"visitorId":"%s","messageId":"%.0f-%.0f","sentAt":%.0f}',
    bodies[math.random(#bodies)], ms - 20, visitors[math.random(#visitors)], ms, math.random() * 2 ^ 53, ms))
end

if mean > 0 then
  function delay()
    return math.random(0, 2 * mean)
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\nBENCH {"requests":%d,"seconds":%.6f,"p50Ms":%.3f,"p99Ms":%.3f,"failed":%d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
