package valkey

import (
	"context"
	"slices"

	"ffboard/engine"
)

// ListLanes lists the registered lanes by name (spec 04a §11.2). Members of the registry that are no lane names are left out here:
// Deployment has them apart.
func (b *Backend) ListLanes(ctx context.Context, after engine.LaneID, limit int) (engine.Page[engine.LaneID, engine.LaneID], error) {
	var page engine.Page[engine.LaneID, engine.LaneID]
	if limit <= 0 {
		return page, nil
	}
	members, err := b.rdb.SMembers(ctx, keyLaneRegistry).Result()
	if err != nil {
		return page, engine.Transport("list_lanes", err)
	}
	lanes := slices.DeleteFunc(laneNames(members), func(lane engine.LaneID) bool { return lane <= after })
	slices.Sort(lanes)
	page.Items = lanes[:min(limit, len(lanes))]
	if len(lanes) > limit {
		page.Next = page.Items[limit-1]
	}
	return page, nil
}

// laneNames leaves out what is no lane name; the deployment lists those.
func laneNames(members []string) []engine.LaneID {
	var lanes []engine.LaneID
	for _, member := range members {
		if lane, err := engine.ParseLaneID(member); err == nil {
			lanes = append(lanes, lane)
		}
	}
	return lanes
}

// badLaneNames are the members of the lane registry that are no lane names, sorted.
func badLaneNames(members []string) []string {
	bad := slices.DeleteFunc(slices.Clone(members), func(member string) bool {
		_, err := engine.ParseLaneID(member)
		return err == nil
	})
	slices.Sort(bad)
	return bad
}

// lanesWith are the given lanes and those that this program has met, sorted.
func (b *Backend) lanesWith(lanes []engine.LaneID) []engine.LaneID {
	all := slices.Clone(lanes)
	b.lanesSeen.Range(func(lane, _ any) bool {
		all = append(all, lane.(engine.LaneID))
		return true
	})
	slices.Sort(all)
	return slices.Compact(all)
}

// sawLane remembers a lane met in a record or named by a caller: the registry holds only those that some engine declared.
func (b *Backend) sawLane(lane engine.LaneID) {
	if _, err := engine.ParseLaneID(string(lane)); err == nil {
		b.lanesSeen.LoadOrStore(lane, struct{}{})
	}
}
