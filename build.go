package main

import "ffboard/engine"

// programVersion is what the program calls itself.
func programVersion() string { return engine.BuildVersion() }
