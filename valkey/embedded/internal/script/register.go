package script

import lua "github.com/yuin/gopher-lua"

// register is redis.register_function: a name and a function, or a table with names for its arguments.
func (l *Library) register(L *lua.LState) int {
	f, err := readRegistration(L)
	if err == nil {
		err = l.add(f)
	}
	if err != nil {
		L.Error(field(L, "err", "ERR "+err.Error()), 1)
	}
	return 0
}

func (l *Library) add(f *Function) error {
	if !validName(f.Name) {
		return errInvalidName
	}
	for _, have := range l.Functions {
		if have.Name == f.Name {
			return failure("Function already exists in the library")
		}
	}
	l.Functions = append(l.Functions, f)
	return nil
}

func readRegistration(L *lua.LState) (*Function, error) {
	switch L.GetTop() {
	case 1:
		named, ok := L.Get(1).(*lua.LTable)
		if !ok {
			return nil, failure("calling server.register_function with a single argument is only applicable to Lua table (representing named arguments).")
		}
		return readNamedRegistration(named)
	case 2:
		name, ok := L.Get(1).(lua.LString)
		if !ok {
			return nil, failure("first argument to server.register_function must be a string")
		}
		body, ok := L.Get(2).(*lua.LFunction)
		if !ok {
			return nil, failure("second argument to server.register_function must be a function")
		}
		return &Function{Name: string(name), body: body}, nil
	}
	return nil, failure("wrong number of arguments to server.register_function")
}

func readNamedRegistration(named *lua.LTable) (*Function, error) {
	f := &Function{}
	var err error
	named.ForEach(func(key, value lua.LValue) {
		if err == nil {
			err = f.setArgument(text(key), value)
		}
	})
	switch {
	case err != nil:
		return nil, err
	case f.Name == "":
		return nil, failure("server.register_function must get a function name argument")
	case f.body == nil:
		return nil, failure("server.register_function must get a callback argument")
	}
	return f, nil
}

func (f *Function) setArgument(name string, value lua.LValue) error {
	switch name {
	case "function_name":
		f.Name = text(value)
		if f.Name == "" {
			return failure("function_name argument given to server.register_function must be a string")
		}
	case "description":
		f.Description = text(value)
	case "callback":
		body, ok := value.(*lua.LFunction)
		if !ok {
			return failure("callback argument given to server.register_function must be a function")
		}
		f.body = body
	case "flags":
		return f.setFlags(value)
	default:
		return failure("unknown argument given to server.register_function")
	}
	return nil
}

func (f *Function) setFlags(value lua.LValue) error {
	flags, ok := value.(*lua.LTable)
	if !ok {
		return failure("flags argument to server.register_function must be a table representing function flags")
	}
	for i := 1; flags.RawGetInt(i) != lua.LNil; i++ {
		switch flag := text(flags.RawGetInt(i)); flag {
		case "no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys":
			f.Flags = append(f.Flags, flag)
		default:
			return failure("unknown flag given")
		}
	}
	return nil
}
