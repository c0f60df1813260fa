package valkey

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"

	"ffboard/engine/enginetest"
)

// eachEmptyServer is eachServer on servers that hold nothing, no function library either; b is connected and no more.
func eachEmptyServer(t *testing.T, test func(t *testing.T, b *Backend)) {
	t.Helper()
	for _, kind := range servers {
		t.Run(kind.name, func(t *testing.T) {
			test(t, connectEmpty(t, kind.address(t)))
		})
	}
}

// connectEmpty empties a server before the test and, of libraries, after it.
func connectEmpty(t *testing.T, target Target) *Backend {
	t.Helper()
	first := connect(t, target)
	dropLibraries(t, first)
	flush(t, first)
	t.Cleanup(func() { dropLibraries(t, first) })
	return connect(t, target)
}

func connect(t *testing.T, target Target) *Backend {
	t.Helper()
	b, err := Connect(enginetest.Context(t), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func dropLibraries(t *testing.T, b *Backend) {
	t.Helper()
	err := b.eachPrimary(context.Background(), func(ctx context.Context, primary *redis.Client) error {
		return primary.FunctionFlush(ctx).Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// loadAnother loads a library that says nothing but its version, or ours with another source where that is the same.
func loadAnother(t *testing.T, b *Backend, version string) {
	t.Helper()
	source := "#!lua name=" + LibraryName + "\nredis.register_function('ff_version', function() return '" + version + "' end)\n"
	if version == WireVersion {
		source = Library() + "\n-- loaded by somebody else"
	}
	err := b.eachPrimary(enginetest.Context(t), func(ctx context.Context, primary *redis.Client) error {
		return primary.FunctionLoadReplace(ctx, source).Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// loaded is the source of the library that a server holds.
func loaded(t *testing.T, b *Backend) string {
	t.Helper()
	libs, err := b.rdb.FunctionList(enginetest.Context(t), redis.FunctionListQuery{LibraryNamePattern: LibraryName, WithCode: true}).Result()
	if err != nil {
		t.Fatal(err)
	}
	if len(libs) == 0 {
		return ""
	}
	return libs[0].Code
}
