package valkey

import (
	"strings"

	"ffboard/engine"
	"ffboard/engine/audit"
)

// auditName is a key as its name says what it is: which types it may have, and what there is to judge.
type auditName struct {
	key       string
	types     []string // none for a name that no deployment has
	invalid   string   // why the ids in it cannot be
	elsewhere string   // where it would belong
	subjects  []subject
	entries   func(member string) subject // of a set or sorted set
	count     *int
}

// misplaced is for a name with an id that cannot be there.
func (n *auditName) misplaced(why string) {
	n.types = anything
	if strings.HasPrefix(why, "no ") {
		n.invalid = why
	} else {
		n.elsewhere = why
	}
}

func (n auditName) sound() bool { return len(n.types) > 0 && n.invalid == "" && n.elsewhere == "" }

// name judges a key by its name and type alone.
func (a *auditor) name(n auditName) subject {
	return func(r *reading) judgement {
		facts := &audit.Name{Key: n.key, Want: n.types, Known: len(n.types) > 0, Invalid: n.invalid, Elsewhere: n.elsewhere}
		read := r.pipe.Type(r.ctx, n.key)
		r.take(func() { facts.Type = read.Val() })
		return judgement{facts, func() []audit.Finding { return audit.JudgeName(*facts) }}
	}
}

var (
	aString, aHash, aSet    = []string{"string"}, []string{"hash"}, []string{"set"}
	aSortedSet, aStream     = []string{"zset"}, []string{"stream"}
	aHashOrString, anything = []string{"hash", "string"}, []string{"string", "hash", "set", "zset", "list", "stream"}
)

// named tells what a key is. Names that do not begin as a deployment's are somebody else's.
func (a *auditor) named(key string) (n auditName, ours bool) {
	n.key = key
	family, rest, found := strings.Cut(strings.TrimPrefix(key, "ff:"), ":")
	if !strings.HasPrefix(key, "ff:") || !found {
		return n, strings.HasPrefix(key, "ff:")
	}
	switch family {
	case "config":
		a.nameConfig(&n, rest)
		return n, true
	case "worker":
		n.types = aHashOrString
		return n, true
	case "ffboard":
		a.nameOwn(&n, rest)
		return n, true
	}
	if family == "dedup" {
		if rest, found = strings.CutPrefix(rest, "suspend:"); !found {
			return n, true
		}
	}
	tag, rest, found := cutTag(rest)
	switch {
	case !found && family == "idx":
		a.nameGlobalIndex(&n, key)
		return n, true
	case !found:
		return n, true
	}
	p, err := engine.ParsePartitionKey(tag)
	if err != nil {
		n.types, n.invalid = anything, err.Error()
		return n, true
	}
	a.nameTagged(&n, family, p, rest)
	if n.elsewhere == "" && !a.partitions.Contains(p) {
		n.elsewhere = "there is no partition " + p.Tag()
	}
	return n, true
}

// cutTag takes the first hash tag off, braces included, and the colon after it.
func cutTag(s string) (tag, rest string, found bool) {
	if !strings.HasPrefix(s, "{") {
		return "", s, false
	}
	tag, rest, found = strings.Cut(s, "}")
	if !found {
		return "", s, false
	}
	return tag + "}", strings.TrimPrefix(rest, ":"), true
}

func (a *auditor) nameTagged(n *auditName, family string, p engine.Partition, rest string) {
	part := partitionKeys(p)
	if (family == "budget" || family == "usagededup") != (p.Family == engine.FamilyBudget) && family != "idx" ||
		family == "quota" != (p.Family == engine.FamilyQuota) && family != "idx" {
		n.types, n.elsewhere = anything, "keys of this kind have another tag than "+p.Tag()
		return
	}
	switch family {
	case "exec":
		a.nameExecution(n, p, rest)
	case "attempt":
		a.nameAttempt(n, p, rest)
	case "stream":
		a.nameStream(n, p, rest)
	case "wp":
		a.nameWaitpoint(n, part, rest)
	case "signal":
		a.nameSignal(n, part, rest)
	case "sigdedup", "usagededup":
		n.types = aString
	case "dedup":
		n.types = aHash
	case "idem":
		n.types, n.subjects = aString, []subject{a.text(n.key, audit.FieldInvalid, "the id of an execution", func(v string) bool {
			_, err := engine.ParseExecutionID(v)
			return err == nil
		})}
	case "flow":
		a.nameFlow(n, p, rest)
	case "idx":
		a.nameIndex(n, p, rest)
	case "budget":
		a.nameBudget(n, p, rest)
	case "quota":
		a.nameQuota(n, p, rest)
	case "sec":
		if rest == "waitpoint_hmac" {
			n.types = aHash
		}
	case "part":
		if rest == "signal_delivery" || rest == "lease_history" {
			n.types = aStream
		}
	}
}

// cutExecution takes an execution's id off the front of the rest of a name, and what comes after it.
func cutExecution(rest string) (id engine.ExecutionID, suffix string, err error) {
	end := strings.Index(rest, "}:")
	if end < 0 {
		_, err = engine.ParseExecutionID(rest)
		return "", rest, err
	}
	uuid, suffix, more := strings.Cut(rest[end+2:], ":")
	if uuid == "urn" { // urn:uuid:…
		kind, after, _ := strings.Cut(suffix, ":")
		var last string
		last, suffix, more = strings.Cut(after, ":")
		uuid += ":" + kind + ":" + last
	}
	id, err = engine.ParseExecutionID(rest[:end+2] + uuid)
	if more {
		suffix = ":" + suffix
	}
	return id, suffix, err
}

// ownExecution is cutExecution for keys that lie in the partition of the execution.
func ownExecution(n *auditName, p engine.Partition, rest string) (k execKeys, suffix string, sound bool) {
	id, suffix, err := cutExecution(rest)
	switch {
	case err != nil:
		n.types, n.invalid = anything, err.Error()
		return k, suffix, false
	case id.Partition() != p:
		n.types, n.elsewhere = anything, "the execution belongs in "+id.Partition().Tag()
		return k, suffix, false
	}
	return keysOf(id), suffix, true
}

// inPartition tells whether an id can be that of an execution of a partition.
func inPartition(id string, p engine.Partition) bool {
	parsed, err := engine.ParseExecutionID(id)
	return err == nil && parsed.Partition() == p
}

// text judges a key that holds a word.
func (a *auditor) text(key string, code audit.Code, want string, valid func(string) bool) subject {
	return func(r *reading) judgement {
		facts := &audit.Text{Want: want, Code: code}
		r.text(key, valid, facts)
		return judgement{facts, func() []audit.Finding { return audit.JudgeText(*facts) }}
	}
}

// longestText is how much of a word is read: none that is of use is longer.
const longestText = 200

func (r *reading) text(key string, valid func(string) bool, into *audit.Text) {
	read := r.pipe.GetRange(r.ctx, key, 0, longestText)
	r.take(func() {
		v, err := read.Result()
		into.Key = audit.Mark{Key: key, Set: v != "", Unreadable: unreadableKey(err)}
		into.Value, into.Valid = v, valid(v)
	})
}

// piece is a key of something.
func (a *auditor) piece(of, key, owner, quirk string) subject {
	return func(r *reading) judgement {
		facts := &audit.Piece{Of: of, Quirk: quirk}
		r.exists(key, &facts.Key)
		r.exists(owner, &facts.Owner)
		return judgement{facts, func() []audit.Finding { return audit.JudgePiece(*facts) }}
	}
}

// reference is an entry that names a record.
type reference struct {
	key, member string
	sorted      bool
	target      string // the key that should exist
	facts       audit.Reference
}

func (a *auditor) reference(e reference) subject {
	return func(r *reading) judgement {
		facts := e.facts
		facts.Member = e.member
		if e.sorted {
			r.scored(e.key, e.member, &facts.Entry)
		} else {
			r.member(e.key, e.member, &facts.Entry)
		}
		if facts.Invalid == "" && e.target != "" {
			r.exists(e.target, &facts.Target)
		}
		return judgement{&facts, func() []audit.Finding { return audit.JudgeReference(facts) }}
	}
}
