package script

import (
	"fmt"
	"math"
	"math/bits"

	lua "github.com/yuin/gopher-lua"
)

// bitFunctions is the bit module: operations on 32 bits with signed results.
var bitFunctions = map[string]lua.LGFunction{
	"tobit":   unaryBits(func(x uint32) uint32 { return x }),
	"bnot":    unaryBits(func(x uint32) uint32 { return ^x }),
	"bswap":   unaryBits(bits.ReverseBytes32),
	"band":    manyBits(func(x, y uint32) uint32 { return x & y }),
	"bor":     manyBits(func(x, y uint32) uint32 { return x | y }),
	"bxor":    manyBits(func(x, y uint32) uint32 { return x ^ y }),
	"lshift":  shiftBits(func(x uint32, n int) uint32 { return x << n }),
	"rshift":  shiftBits(func(x uint32, n int) uint32 { return x >> n }),
	"arshift": shiftBits(func(x uint32, n int) uint32 { return uint32(int32(x) >> n) }),
	"rol":     shiftBits(bits.RotateLeft32),
	"ror":     shiftBits(func(x uint32, n int) uint32 { return bits.RotateLeft32(x, -n) }),
	"tohex":   toHex,
}

// checkBits takes a number modulo 2^32, rounded to the nearest integer.
func checkBits(L *lua.LState, arg int) uint32 {
	f := math.RoundToEven(checkNumber(L, arg))
	return uint32(int64(math.Mod(f, 1<<32)))
}

func pushBits(L *lua.LState, x uint32) int {
	L.Push(lua.LNumber(int32(x)))
	return 1
}

func unaryBits(apply func(uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int { return pushBits(L, apply(checkBits(L, 1))) }
}

func manyBits(apply func(x, y uint32) uint32) lua.LGFunction {
	return func(L *lua.LState) int {
		x := checkBits(L, 1)
		for i := 2; i <= L.GetTop(); i++ {
			x = apply(x, checkBits(L, i))
		}
		return pushBits(L, x)
	}
}

func shiftBits(apply func(x uint32, n int) uint32) lua.LGFunction {
	return func(L *lua.LState) int { return pushBits(L, apply(checkBits(L, 1), int(checkBits(L, 2)&31))) }
}

func toHex(L *lua.LState) int {
	x, digits := checkBits(L, 1), 8
	if L.Get(2) != lua.LNil {
		digits = int(int32(checkBits(L, 2)))
	}
	format := "%0*x"
	if digits < 0 {
		digits, format = -max(digits, -8), "%0*X"
	}
	digits = min(digits, 8)
	if digits < 8 {
		x &= 1<<(4*digits) - 1
	}
	if digits == 0 {
		L.Push(lua.LString(""))
		return 1
	}
	L.Push(lua.LString(fmt.Sprintf(format, digits, x)))
	return 1
}
