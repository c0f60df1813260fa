package valkey

import (
	"context"
	"errors"
	"sort"

	"ffboard/engine"
)

// Deployment tells what is on the other end (spec 06 §12.1). It writes nothing.
func (b *Backend) Deployment(ctx context.Context) (engine.Deployment, error) {
	d := engine.Deployment{Address: b.target.String(), Cluster: b.target.Cluster}
	info, nodes, err := b.server(ctx)
	if err != nil && !errors.Is(err, errNotValkey) {
		return d, err
	}
	d.ServerName, d.ServerVersion, d.Nodes = info.name, info.version, nodes

	lib, err := b.findLibrary(ctx)
	if err != nil {
		return d, err
	}
	d.LibraryVersion, d.Ours = lib.version, lib.own
	if !lib.known {
		d.LibraryVersion = "unknown"
	}
	if d.Partitions, d.PartitionsSet, err = b.readPartitionConfig(ctx); err != nil {
		return d, engine.Transport("partition configuration", err)
	}

	members, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return d, engine.Transport("lane registry", err)
	}
	sort.Strings(members)
	for _, m := range members {
		lane, err := engine.ParseLaneID(m)
		if err != nil {
			d.BadLanes = append(d.BadLanes, m)
			continue
		}
		d.Lanes = append(d.Lanes, lane)
	}
	return d, nil
}
