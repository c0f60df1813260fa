package audit

import "strings"

// Secrets are a partition's signing keys. Only the names of the keys matter here, and whether there is a secret; never what it is.
type Secrets struct {
	Secrets Hash
	Other   string // the current key of the first partition
}

// SecretFields are the fields that are read: the secret of a key id is asked for as a presence.
func SecretFields(kid string) []string { return []string{"current_kid", "secret:" + kid} }

// JudgeSecrets tells whether a partition can sign, and with the key of the others (Q-212: a rotation that broke off).
func JudgeSecrets(s Secrets) []Finding {
	var f findings
	kid := s.Secrets.get("current_kid")
	switch {
	case s.Secrets.Unreadable:
	case kid == "":
		f.add(Configuration, keys(s.Secrets.Key), "the partition has no signing key: nothing can be suspended in it")
	case strings.Contains(kid, ":"):
		f.add(Configuration, keys(s.Secrets.Key), "current_kid is %s: no token of such a key can be verified", word(kid))
	case !s.Secrets.set("secret:" + kid):
		f.add(Configuration, keys(s.Secrets.Key), "signing key %s has no secret", word(kid))
	case s.Other != "" && kid != s.Other:
		f.addQuirk("Q-212", SigningKeyDiffers, keys(s.Secrets.Key), "the partition signs with key %s, the first one with %s", word(kid), word(s.Other))
	}
	return f
}

// Counts are the stored counts of partitions.
type Counts struct{ Config Hash }

var CountFields = []string{"num_flow_partitions", "num_budget_partitions", "num_quota_partitions"}

// JudgeCounts: all three are numbers from 1 to 65535.
func JudgeCounts(c Counts) []Finding {
	var f findings
	if c.Config.Unreadable {
		return nil
	}
	for _, field := range CountFields {
		if n, ok := c.Config.number(field); !ok || n < 1 || n > 65535 {
			f.add(Configuration, keys(c.Config.Key), "%s is %s", field, word(c.Config.get(field)))
		}
	}
	return f
}
