package engine

import (
	"hash/fnv"
	"iter"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Family is what kind of thing a partition holds (spec 01 §2.1). The zero value is no family.
type Family uint8

const (
	FamilyFlow   Family = iota + 1 // flows and executions: {fp:N}
	FamilyBudget                   // {b:N}
	FamilyQuota                    // {q:N}
)

func (f Family) prefix() string {
	switch f {
	case FamilyFlow:
		return "fp"
	case FamilyBudget:
		return "b"
	case FamilyQuota:
		return "q"
	default:
		return ""
	}
}

// String is the family's label in JSON: flow, budget, quota.
func (f Family) String() string {
	switch f {
	case FamilyFlow:
		return "flow"
	case FamilyBudget:
		return "budget"
	case FamilyQuota:
		return "quota"
	default:
		return "none"
	}
}

// Partition is one hash tag's worth of the keyspace. The zero value is no partition.
type Partition struct {
	Family Family
	Index  uint16
}

// IsZero tells whether p is no partition: the result of an id that does not parse.
func (p Partition) IsZero() bool { return p.Family == 0 }

// Tag is the hash tag with its braces, `{fp:7}`: the first of every key of the partition. The zero partition has none.
func (p Partition) Tag() string {
	if p.IsZero() {
		return ""
	}
	return "{" + p.Family.prefix() + ":" + strconv.Itoa(int(p.Index)) + "}"
}

func (p Partition) String() string { return p.Tag() }

// ParsePartitionKey reads a tag back (spec 01 §2.5). Errors are *ParseError with ProblemMissingBraces, ProblemMalformedBody,
// ProblemUnknownFamilyPrefix or ProblemInvalidIndex.
func ParsePartitionKey(s string) (Partition, error) {
	if !strings.HasPrefix(s, "{") || !strings.HasSuffix(s, "}") {
		return Partition{}, &ParseError{ProblemMissingBraces, "partition key must be wrapped in '{...}'"}
	}
	prefix, number, found := strings.Cut(s[1:len(s)-1], ":")
	if !found {
		return Partition{}, &ParseError{ProblemMalformedBody, "partition key body must be '<prefix>:<index>'"}
	}
	family := familyOf(prefix)
	if family == 0 {
		return Partition{}, &ParseError{ProblemUnknownFamilyPrefix,
			"unknown partition family prefix '" + prefix + "' (expected 'fp', 'b', 'q')"}
	}
	index, ok := parseUint16(number)
	if !ok {
		return Partition{}, &ParseError{ProblemInvalidIndex, "partition index '" + number + "' is not a valid u16"}
	}
	return Partition{family, index}, nil
}

func familyOf(prefix string) Family {
	for f := FamilyFlow; f <= FamilyQuota; f++ {
		if f.prefix() == prefix {
			return f
		}
	}
	return 0
}

// PartitionConfig is how many partitions a deployment has of each family (spec 01 §2.2). It never changes once there is data.
type PartitionConfig struct {
	Flow   uint16 `json:"num_flow_partitions"`
	Budget uint16 `json:"num_budget_partitions"`
	Quota  uint16 `json:"num_quota_partitions"`
}

// DefaultPartitionConfig is what a deployment without a stored configuration has.
var DefaultPartitionConfig = PartitionConfig{Flow: 256, Budget: 32, Quota: 32}

// OfFlow is the flow's partition; zero when the id is no UUID.
func (c PartitionConfig) OfFlow(id FlowID) Partition {
	return partitionOfUUID(FamilyFlow, c.Flow, string(id))
}

// OfBudget is the budget's partition; zero when the id is no UUID.
func (c PartitionConfig) OfBudget(id BudgetID) Partition {
	return partitionOfUUID(FamilyBudget, c.Budget, string(id))
}

// OfQuota is the quota policy's partition; zero when the id is no UUID.
func (c PartitionConfig) OfQuota(id QuotaPolicyID) Partition {
	return partitionOfUUID(FamilyQuota, c.Quota, string(id))
}

// OfLane is where executions of the lane that belong to no flow are minted. A lane is not confined to it.
func (c PartitionConfig) OfLane(lane LaneID) Partition {
	return partitionOfCRC(FamilyFlow, c.Flow, crc16(string(lane)))
}

func partitionOfUUID(family Family, count uint16, id string) Partition {
	u, err := parseUUID(id)
	if err != nil {
		return Partition{}
	}
	return partitionOfCRC(family, count, crc16(u[:]))
}

func partitionOfCRC(family Family, count, crc uint16) Partition {
	if count == 0 {
		return Partition{}
	}
	return Partition{family, crc % count}
}

// Contains tells whether the deployment has the partition. Ids of other deployments parse and may name one that it has not.
func (c PartitionConfig) Contains(p Partition) bool { return p.Index < c.count(p.Family) }

func (c PartitionConfig) count(f Family) uint16 {
	switch f {
	case FamilyFlow:
		return c.Flow
	case FamilyBudget:
		return c.Budget
	case FamilyQuota:
		return c.Quota
	default:
		return 0
	}
}

// FlowPartitions, BudgetPartitions and QuotaPartitions iterate over the partitions of a family in the order of their index.
func (c PartitionConfig) FlowPartitions() iter.Seq[Partition]   { return c.all(FamilyFlow) }
func (c PartitionConfig) BudgetPartitions() iter.Seq[Partition] { return c.all(FamilyBudget) }
func (c PartitionConfig) QuotaPartitions() iter.Seq[Partition]  { return c.all(FamilyQuota) }

func (c PartitionConfig) all(f Family) iter.Seq[Partition] {
	return func(yield func(Partition) bool) {
		for i := range c.count(f) {
			if !yield(Partition{f, i}) {
				return
			}
		}
	}
}

// NewFlowMember mints the id of an execution that will join the flow; "" when the flow id is no UUID.
func (c PartitionConfig) NewFlowMember(flow FlowID) ExecutionID {
	return mintExecutionID(c.OfFlow(flow), uuid.New())
}

// NewSolo mints the id of an execution that belongs to no flow.
func (c PartitionConfig) NewSolo(lane LaneID) ExecutionID {
	return mintExecutionID(c.OfLane(lane), uuid.New())
}

// FlowMember makes the flow member's id with a UUID of the caller's, of any version. It repeats while the number of flow
// partitions stays the same. Errors are *ParseError with ProblemInvalidUUID.
func (c PartitionConfig) FlowMember(flow FlowID, id string) (ExecutionID, error) {
	if _, err := ParseFlowID(string(flow)); err != nil {
		return "", err
	}
	return executionIDWith(c.OfFlow(flow), id)
}

// Solo makes the id of an execution of no flow with a UUID of the caller's; see FlowMember.
func (c PartitionConfig) Solo(lane LaneID, id string) (ExecutionID, error) {
	return executionIDWith(c.OfLane(lane), id)
}

func executionIDWith(p Partition, id string) (ExecutionID, error) {
	u, err := parseUUID(id)
	if err != nil {
		return "", &ParseError{ProblemInvalidUUID, "execution_id UUID suffix is not a valid UUID: " + id}
	}
	return mintExecutionID(p, u), nil
}

func mintExecutionID(p Partition, u uuid.UUID) ExecutionID {
	if p.IsZero() {
		return ""
	}
	return ExecutionID(p.Tag() + ":" + u.String())
}

const clusterSlots = 16384

// Slot is the cluster slot of a key, 0 to 16383: of the text inside its first braces if there is any, else of the whole key.
func Slot(key string) int {
	if _, rest, found := strings.Cut(key, "{"); found {
		if tag, _, closed := strings.Cut(rest, "}"); closed && tag != "" {
			return int(crc16(tag) % clusterSlots)
		}
	}
	return int(crc16(key) % clusterSlots)
}

// ScanStart is where a worker begins its round over n partitions, so that workers do not all begin at 0 (spec 01 §2.6).
func ScanStart(instance WorkerInstanceID, n uint16) uint16 {
	if n == 0 {
		return 0
	}
	return uint16(fnv64(string(instance))) % n
}

// CapabilityDigest is the short name of a set of capabilities in log lines: 8 hex digits (spec 01 §2.6).
func CapabilityDigest(s string) string {
	sum := fnv64(s)
	hex := strconv.FormatUint(uint64(uint32(sum)^uint32(sum>>32)), 16)
	return strings.Repeat("0", 8-len(hex)) + hex
}

func fnv64(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}
