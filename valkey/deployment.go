package valkey

import (
	"context"
	"errors"
	"slices"

	"ffboard/engine"
)

// Deployment tells what is on the other end (spec 06 §12.1). It writes nothing. What the user may not ask for is left empty.
func (b *Backend) Deployment(ctx context.Context) (engine.Deployment, error) {
	d := engine.Deployment{Address: b.target.String(), Cluster: b.target.Cluster}
	info, nodes, err := b.server(ctx)
	if err != nil && !errors.Is(err, errNotValkey) && !denied(err) {
		return d, err
	}
	d.ServerName, d.ServerVersion, d.Nodes, d.Hindered = info.name, info.version, nodes, info.hindered
	if d.LibraryVersion, d.Ours, err = b.shownLibrary(ctx); err != nil {
		return d, err
	}
	partitions, err := b.readPartitions(ctx)
	if err != nil {
		return d, engine.Transport("partition configuration", err)
	}
	if b.setup == nil { // who serves the deployment has written them
		b.partitioning.Store(&partitions)
	}
	d.Partitions, d.PartitionsSet = partitions.counts, partitions.stored

	members, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return d, engine.Transport("lane registry", err)
	}
	d.Lanes = laneNames(members)
	slices.Sort(d.Lanes)
	d.BadLanes = badLaneNames(members)
	return d, nil
}

// shownLibrary is the loaded library's version, "" when there is none, and whether it is this program's.
func (b *Backend) shownLibrary(ctx context.Context) (version string, ours bool, err error) {
	look, err := b.lookAgain(ctx, libraryShown)
	if err != nil {
		return "", false, err
	}
	var found foundLibrary
	if look != nil {
		found = look.found
	} else if found, err = b.findLibrary(ctx); err != nil { // somebody else is having the first look
		return "", false, err
	}
	if !found.known {
		return "unknown", false, nil
	}
	return found.version, found.own, nil
}
