package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"ffboard/engine"
	"ffboard/engine/demo"
	"ffboard/valkey"
	"ffboard/valkey/embedded"
)

// demoPartitions are few: the demo is small, and each partition is looked at.
var demoPartitions = engine.PartitionConfig{Flow: 16, Budget: 4, Quota: 4}

func demoCommand() *cobra.Command {
	var b board
	var o demo.Options
	var inProcess bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Open the dashboard on an embedded engine with sample work",
		Long: "demo starts a private server, an engine and workers with sample work inside of this program, and opens the dashboard on them.\n" +
			"Where a valkey-server is on the PATH it runs on a private one of those, otherwise on a server in this process.\n" +
			"Nothing is kept: everything ends with the program.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ch, err := loadChoices(cmd.Flags(), lookupOS)
			if err != nil {
				return err
			}
			if err := b.resolve(ch); err != nil {
				return err
			}
			return runDemo(cmd.Context(), b, o, inProcess)
		},
	}
	b.flags(cmd)
	b.record.flags(cmd)
	f := cmd.Flags()
	f.Uint64Var(&o.Seed, "seed", 1, "`number` that makes what arrives repeat")
	f.Float64Var(&o.Rate, "rate", 8, "flows a `minute`")
	f.IntVar(&o.Workers, "workers", 12, "how many handlers run at once, `number`")
	f.BoolVar(&inProcess, "in-process", false, "use the server in this process even where a valkey-server is on the PATH")
	return cmd
}

// maxSeeding is how long the first screen waits for the first work.
const maxSeeding = time.Second

func runDemo(ctx context.Context, b board, o demo.Options, inProcess bool) error {
	if o.Rate <= 0 || o.Workers <= 0 || o.Seed == 0 {
		return errors.New("--rate, --workers and --seed must be above 0")
	}
	if err := needTerminal(); err != nil {
		return err
	}
	server, err := embedded.Start(ctx, embedded.Options{InProcess: inProcess})
	if err != nil {
		return err
	}
	defer server.Close()
	backend, err := bootDemo(ctx, server.Socket())
	if err != nil {
		return err
	}
	defer backend.Close()

	ctx, stop := context.WithCancelCause(ctx)
	worked, seeded := make(chan error, 1), make(chan struct{})
	o.Seeded = func() { close(seeded) }
	go func() {
		err := demo.Run(ctx, backend, o)
		worked <- err
		stop(err) // a demo that has died must not leave a dashboard that looks alive
	}()
	select {
	case <-seeded: // so that the first screen has something on it
	case <-time.After(maxSeeding):
	case <-ctx.Done():
	}
	b.kept = openKept("", b.file.presets())
	err = b.run(ctx, backend, "demo")
	stop(nil)
	return errors.Join(<-worked, err)
}

// bootDemo initialises an empty private server as an engine would.
func bootDemo(ctx context.Context, socket string) (*valkey.Backend, error) {
	backend, err := valkey.Connect(ctx, valkey.Target{Socket: socket})
	if err != nil {
		return nil, err
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	err = backend.Serve(ctx, valkey.Boot{Partitions: demoPartitions, Lanes: demo.Lanes, SecretHex: hex.EncodeToString(secret)})
	if err != nil {
		_ = backend.Close()
		return nil, err
	}
	return backend, nil
}
