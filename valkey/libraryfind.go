package valkey

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// foundLibrary is what a server holds under the library's name.
type foundLibrary struct {
	version string // "" when there is none
	own     bool   // its source is the one this program carries
	known   bool   // false: the server would not let us look
}

// findLibrary tells what library is loaded. In a cluster it is the one that differs most from this program's: a single primary
// without the library is enough for calls to fail.
func (b *Backend) findLibrary(ctx context.Context) (foundLibrary, error) {
	var mu sync.Mutex
	worst := foundLibrary{version: WireVersion, own: true, known: true}
	err := b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		found, err := lookAtLibrary(ctx, primary)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		if found.strangeness() > worst.strangeness() {
			worst = found
		}
		return nil
	})
	return worst, err
}

func (l foundLibrary) strangeness() int {
	switch {
	case l.own:
		return 0
	case l.known && l.version == WireVersion:
		return 1
	case l.known && l.version != "":
		return 2
	case !l.known:
		return 3
	default:
		return 4
	}
}

// lookAtLibrary asks one server by plain commands, so that a user who may only read suffices: FlowFabric's library and ours answer the
// same version, so the source tells them apart.
func lookAtLibrary(ctx context.Context, server *redis.Client) (foundLibrary, error) {
	libs, err := server.FunctionList(ctx, redis.FunctionListQuery{LibraryNamePattern: LibraryName, WithCode: true}).Result()
	switch {
	case err == nil && len(libs) == 0:
		return foundLibrary{known: true}, nil
	case err == nil && libs[0].Code == Library():
		return foundLibrary{version: WireVersion, own: true, known: true}, nil
	case err != nil && !denied(err):
		return foundLibrary{}, engine.Transport("FUNCTION LIST", err)
	}
	version, err := libraryVersion(ctx, server)
	switch {
	case err == nil:
		return foundLibrary{version: version, known: true}, nil
	case functionMissing(err):
		return foundLibrary{known: true}, nil
	case denied(err):
		return foundLibrary{}, nil
	default:
		return foundLibrary{}, err
	}
}

// libraryVersion asks the loaded library for its wire version.
func libraryVersion(ctx context.Context, server *redis.Client) (string, error) {
	cmd := functionCall(ctx, "ff_version", nil)
	_ = server.Process(ctx, cmd)
	v, err := cmd.Text()
	if err != nil {
		return "", engine.Transport("ff_version", err)
	}
	return v, nil
}

// functionMissing recognises the answer to a call of a function that is not loaded, however the server spells it.
func functionMissing(err error) bool {
	var answer redis.Error
	if !errors.As(err, &answer) {
		return false
	}
	text := strings.ToLower(answer.Error())
	return strings.Contains(text, "function not found") || strings.Contains(text, "function not loaded") ||
		strings.Contains(text, "no matching function")
}

// denied tells that the user lacks the right.
func denied(err error) bool {
	var answer redis.Error
	return errors.As(err, &answer) && redis.HasErrorPrefix(answer, "NOPERM")
}
