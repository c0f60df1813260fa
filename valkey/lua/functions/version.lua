-- spec 03a §1.2. The wire version: clients compare it with their own and nothing else.
redis.register_function('ff_version', function()
  return '34'
end)
