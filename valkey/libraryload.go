package valkey

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// foundLibrary is what a server holds under the library's name.
type foundLibrary struct {
	version string // "" when there is none
	own     bool   // its source is the one this program carries
	known   bool   // false: the server would not let us look
}

// findLibrary tells what library is loaded, by plain commands, so that a user who may only read suffices: FlowFabric's and ours
// answer the same version, so the source tells them apart. In a cluster one primary answers for all.
func (b *Backend) findLibrary(ctx context.Context) (foundLibrary, error) {
	libs, err := b.rdb.FunctionList(ctx, redis.FunctionListQuery{LibraryNamePattern: LibraryName, WithCode: true}).Result()
	if err == nil {
		if len(libs) == 0 {
			return foundLibrary{known: true}, nil
		}
		own := libs[0].Code == Library()
		if own {
			return foundLibrary{version: WireVersion, own: true, known: true}, nil
		}
	} else if !denied(err) {
		return foundLibrary{}, engine.Transport("FUNCTION LIST", err)
	}
	version, err := b.libraryVersion(ctx)
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
func (b *Backend) libraryVersion(ctx context.Context) (string, error) {
	v, err := b.fcall(ctx, "ff_version", nil).Text()
	if err != nil {
		return "", engine.Transport("ff_version", err)
	}
	return v, nil
}

// functionMissing recognises the answer to a call of a function that is not loaded, however the server spells it.
func functionMissing(err error) bool {
	text := strings.ToLower(err.Error())
	return strings.Contains(text, "function not found") || strings.Contains(text, "function not loaded") ||
		strings.Contains(text, "no matching function")
}

func denied(err error) bool { return strings.Contains(err.Error(), "NOPERM") }

// loadLibrary brings every primary to this program's library: it loads where there is none or an older one of ours, replaces a
// foreign or older one only when told to, and never a newer one.
func (b *Backend) loadLibrary(ctx context.Context, replace bool) error {
	found, err := b.findLibrary(ctx)
	if err != nil {
		return err
	}
	switch {
	case found.own && b.primaries(ctx) == 1:
		return nil
	case newer(found.version, WireVersion):
		return fmt.Errorf("%s holds function library version %s, newer than this program's %s: use a newer ffboard", b.target, found.version, WireVersion)
	case found.version == WireVersion && !found.own && !replace:
		return nil // FlowFabric's own, of our version: its processes and ours agree on the wire
	case found.version != "" && found.version != WireVersion && !replace:
		return fmt.Errorf("%s holds function library version %s, this program's is %s: other processes may rely on it; "+
			"add --replace-library to replace it", b.target, found.version, WireVersion)
	}
	if err := b.loadEverywhere(ctx); err != nil {
		return err
	}
	got, err := b.libraryVersion(ctx)
	if err != nil {
		return err
	}
	if got != WireVersion {
		return fmt.Errorf("the function library on %s answers version %s right after %s was loaded: another process replaced it", b.target, got, WireVersion)
	}
	return nil
}

func newer(version, than string) bool {
	a, err1 := strconv.Atoi(version)
	b, err2 := strconv.Atoi(than)
	return err1 == nil && err2 == nil && a > b
}

func (b *Backend) primaries(ctx context.Context) int {
	_, n, err := b.server(ctx)
	if err != nil {
		return 0
	}
	return n
}

// loadPauses are the waits between attempts while a cluster settles (spec 03a §1.3).
var loadPauses = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 7 * time.Second}

func (b *Backend) loadEverywhere(ctx context.Context) error {
	for attempt := 0; ; attempt++ {
		err := b.loadOnce(ctx)
		if err == nil {
			return nil
		}
		if permanentLoadError(err) || attempt == len(loadPauses) {
			return engine.Transport("FUNCTION LOAD", err)
		}
		if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
		select {
		case <-ctx.Done():
			return engine.Transport("FUNCTION LOAD", ctx.Err())
		case <-time.After(loadPauses[attempt]):
		}
	}
}

func (b *Backend) loadOnce(ctx context.Context) error {
	load := func(ctx context.Context, c *redis.Client) error { return c.FunctionLoadReplace(ctx, Library()).Err() }
	switch rdb := b.rdb.(type) {
	case *redis.ClusterClient:
		return rdb.ForEachMaster(ctx, load)
	case *redis.Client:
		return load(ctx, rdb)
	default:
		return b.rdb.FunctionLoadReplace(ctx, Library()).Err()
	}
}

func permanentLoadError(err error) bool {
	text := err.Error()
	return strings.Contains(text, "Error compiling") || strings.Contains(text, "syntax error") || strings.Contains(text, "NOPERM") ||
		strings.Contains(text, "READONLY")
}

// Prepare loads the function library where it is missing.
func (b *Backend) Prepare(ctx context.Context) error { return b.loadLibrary(ctx, false) }
