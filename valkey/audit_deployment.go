package valkey

import (
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// nameConfig: the partition counts are the only configuration that is stored.
func (a *auditor) nameConfig(n *auditName, rest string) {
	if rest != "partitions" {
		return
	}
	n.types = aHash
	n.subjects = []subject{func(r *reading) judgement {
		facts := &audit.Counts{}
		r.hash(n.key, audit.CountFields, &facts.Config)
		return judgement{facts, func() []audit.Finding { return audit.JudgeCounts(*facts) }}
	}}
}

// nameOwn is about the keys that are ours and no part of FlowFabric's schema.
func (a *auditor) nameOwn(n *auditName, rest string) {
	switch {
	case rest == "engines":
		n.types = aSortedSet
	case strings.HasPrefix(rest, "engine:"), strings.HasPrefix(rest, "share:"):
		n.types = aString
	case strings.HasSuffix(rest, ":ended_flows"):
		n.types = aSortedSet
	}
}

// nameGlobalIndex is about the indexes of no partition: lanes, and the workers of a namespace.
func (a *auditor) nameGlobalIndex(n *auditName, key string) {
	switch {
	case key == keyLaneRegistry:
		n.types = aSet
		n.entries = func(member string) subject {
			e := reference{key: key, member: member, facts: audit.Reference{What: "the registry of lanes holds", Code: audit.IndexGone}}
			if _, err := engine.ParseLaneID(member); err != nil {
				e.facts.Invalid = err.Error()
			}
			return a.reference(e)
		}
	case key == keyOldWorkerIndex, strings.HasSuffix(key, ":workers"):
		n.types = aSet
	}
}

// readSecrets reads which key a partition signs with, and whether it has the secret of one; never a secret.
func (a *auditor) readSecrets(r *reading, part partKeys, kid string, into *audit.Hash) {
	r.hash(part.hmacSecrets(), []string{"current_kid"}, into)
	a.hasSecret(r, part, kid, into)
}

func (a *auditor) hasSecret(r *reading, part partKeys, kid string, into *audit.Hash) {
	r.hasField(part.hmacSecrets(), "secret:"+kid, func(has bool) {
		if has && into.Found {
			into.Fields["secret:"+kid] = "stored"
		}
	})
}

// deployment judges what every partition must have, whether there is a key or not.
func (a *auditor) deployment() error {
	if p := a.q.Partition; p != nil && p.Family != engine.FamilyFlow {
		return nil
	}
	var first audit.Hash
	err := a.patiently(func() error {
		return readAll(a.ctx, a.b.rdb, func(r *reading) {
			r.hash(partitionKeys(engine.Partition{Family: engine.FamilyFlow}).hmacSecrets(), []string{"current_kid"}, &first)
		})
	})
	if err != nil {
		return err
	}
	a.firstKid = first.Fields["current_kid"]
	var subjects []subject
	for p := range a.partitions.FlowPartitions() {
		if a.q.Partition == nil || *a.q.Partition == p {
			subjects = append(subjects, a.secrets(partitionKeys(p)))
		}
	}
	return a.look(subjects)
}

func (a *auditor) secrets(part partKeys) subject {
	return func(r *reading) judgement {
		facts := &audit.Secrets{Other: a.firstKid}
		r.hash(part.hmacSecrets(), []string{"current_kid"}, &facts.Secrets)
		r.then(func() {
			kid := facts.Secrets.Fields["current_kid"]
			if kid == "" {
				return
			}
			a.hasSecret(r, part, kid, &facts.Secrets)
		})
		return judgement{facts, func() []audit.Finding { return audit.JudgeSecrets(*facts) }}
	}
}
