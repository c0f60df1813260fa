package engine

// NestsBlindly tells whether an AllOf within an AllOf holds more than Singles. FlowFabric's own library judges a tree from the root
// down and never finds such a member satisfied (spec 03b §3.5).
func (c ResumeCondition) NestsBlindly() bool {
	if c.Kind != ConditionAllOf {
		return false
	}
	for _, member := range c.Members {
		if member.NestsBlindly() {
			return true
		}
		if member.Kind != ConditionAllOf {
			continue
		}
		for _, below := range member.Members {
			if below.Kind != ConditionSingle {
				return true
			}
		}
	}
	return false
}
