package valkey

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// loadLibrary brings every primary to this program's library where there is none. Another of the same wire version is replaced only
// when told to, one of another version too, a newer one never; nothing is loaded anywhere if one primary's stands against it.
// Errors that are no *engine.Error are sentences for a person.
func (b *Backend) loadLibrary(ctx context.Context, replace bool) error {
	for attempt := 0; ; attempt++ {
		err := b.loadOnPrimaries(ctx, replace)
		if err == nil {
			b.library.forget()
			return nil
		}
		if !b.mayPass(err) || attempt == len(loadPauses) {
			return err
		}
		if cluster, ok := b.rdb.(*redis.ClusterClient); ok {
			cluster.ReloadState(ctx)
		}
		if !pause(ctx, loadPauses[attempt]) {
			return engine.Transport("FUNCTION LOAD", ctx.Err())
		}
	}
}

// loadPauses are the waits between attempts while a cluster settles (spec 03a §1.3).
var loadPauses = []time.Duration{500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 7 * time.Second}

// mayPass tells whether a failed load is worth another attempt: a library that cannot be compiled, a user without the right and a
// replica that is no cluster's stay as they are.
func (b *Backend) mayPass(err error) bool {
	var typed *engine.Error
	if !errors.As(err, &typed) {
		return false
	}
	text := err.Error()
	for _, permanent := range []string{"Error compiling", "syntax error", "ERR Error", "NOPERM"} {
		if strings.Contains(text, permanent) {
			return false
		}
	}
	return b.onCluster() || !strings.Contains(text, "READONLY")
}

// checkLibrary tells what stands against loading, anywhere.
func (b *Backend) checkLibrary(ctx context.Context, replace bool) error {
	return b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		_, err := b.wantsLibrary(ctx, primary, replace)
		return err
	})
}

func (b *Backend) loadOnPrimaries(ctx context.Context, replace bool) error {
	if err := b.checkLibrary(ctx, replace); err != nil {
		return err
	}
	return b.eachPrimary(ctx, func(ctx context.Context, primary *redis.Client) error {
		wants, err := b.wantsLibrary(ctx, primary, replace)
		if err != nil || !wants {
			return err
		}
		if err := primary.FunctionLoadReplace(ctx, Library()).Err(); err != nil {
			return engine.Transport("FUNCTION LOAD", err)
		}
		return b.confirmVersion(ctx, primary)
	})
}

// wantsLibrary tells whether to load on a primary. The error says what stands against it.
func (b *Backend) wantsLibrary(ctx context.Context, primary *redis.Client, replace bool) (bool, error) {
	found, err := lookAtLibrary(ctx, primary)
	switch {
	case err != nil:
		return false, err
	case found.own:
		return false, nil
	case !found.known:
		return false, fmt.Errorf("%s does not let this user see the function library: an engine needs +function and +fcall", b.target)
	case found.version == "":
		return true, nil
	case newer(found.version, WireVersion):
		return false, fmt.Errorf("%s holds function library version %s, newer than this program's %s: use a newer ffboard",
			b.target, strconv.Quote(found.version), WireVersion)
	case replace:
		return true, nil
	case found.version == WireVersion:
		return false, nil // its processes and ours agree on the wire
	default:
		return false, fmt.Errorf("%s holds function library version %s, this program's is %s: other processes may rely on it; replace it "+
			"only when they are stopped", b.target, strconv.Quote(found.version), WireVersion)
	}
}

func newer(version, than string) bool {
	a, err1 := strconv.Atoi(version)
	b, err2 := strconv.Atoi(than)
	return err1 == nil && err2 == nil && a > b
}

func (b *Backend) confirmVersion(ctx context.Context, primary *redis.Client) error {
	got, err := libraryVersion(ctx, primary)
	if err != nil {
		return err
	}
	if got != WireVersion {
		return fmt.Errorf("the function library on %s answers version %s right after %s was loaded: another process replaced it",
			b.target, strconv.Quote(got), WireVersion)
	}
	return nil
}

// Prepare loads the function library where it is missing, and tells whether it did (spec 04a §20.2, Q-186). Over another one it loads
// nothing: CodeSetupConflict.
func (b *Backend) Prepare(ctx context.Context) (loaded bool, err error) {
	before, err := b.findLibrary(ctx)
	if err == nil {
		err = b.loadLibrary(ctx, false)
	}
	missing := before.known && before.version == ""
	return missing && err == nil, asEngineError("prepare", err)
}

// asEngineError gives the sentence of a refused boot step a class.
func asEngineError(op string, err error) error {
	var typed *engine.Error
	if err == nil || errors.As(err, &typed) {
		return err
	}
	return engine.SetupConflict(op, err)
}
