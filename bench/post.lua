-- wrk script: posts the texts of the file named by BENCH_TEXTS (one JSON string a line) in turn, as {"texts":["..."]}.
-- TOKEN adds a bearer header.
local bodies, at = {}, 0
local path = os.getenv("BENCH_TEXTS")
if not path then error("BENCH_TEXTS names a file of JSON strings, one a line") end
for line in io.lines(path) do bodies[#bodies + 1] = '{"texts":[' .. line .. ']}' end
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local token = os.getenv("TOKEN")
if token then wrk.headers["Authorization"] = "Bearer " .. token end
request = function()
  at = at % #bodies + 1
  return wrk.format(nil, nil, nil, bodies[at])
end
