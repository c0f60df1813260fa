package action

import (
	"context"

	"ffboard/engine"
)

var tagArguments = []Argument{
	{Name: "tag", Does: "lower case, with a dot after the first word: team.owner", Needed: true},
	{Name: "value", Does: "any text; the tag's value so far is replaced"},
}

func validTag(a Args) error {
	if engine.CheckTagKey(a.Get("tag")) != nil {
		return Refusal("a tag's name is lower case with a dot after the first word, like team.owner")
	}
	return nil
}

var tagExecution = &Action{
	Name: "tag", Key: "t", Does: "set one tag on it", Kind: Execution, Bulk: true, Arguments: tagArguments, Validate: validTag,
	Effect: func(possible []*State, _ Args) []string {
		return []string{"sets one tag on " + plural(len(possible), "execution", "executions") + "; tags cannot be taken off again"}
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		return tagged(a), b.SetExecutionTag(ctx, s.Execution, a.Get("tag"), a.Get("value"))
	},
}

var tagFlow = &Action{
	Name: "tag", Key: "t", Does: "set one tag on it", Kind: Flow, Bulk: true, Arguments: tagArguments, Validate: validTag,
	Effect: func(possible []*State, _ Args) []string {
		return []string{"sets one tag on " + plural(len(possible), "flow", "flows") + "; tags cannot be taken off again"}
	},
	Run: func(ctx context.Context, b Backend, s *State, a Args) (Outcome, error) {
		return tagged(a), b.SetFlowTag(ctx, s.Flow, a.Get("tag"), a.Get("value"))
	},
}

func tagged(a Args) Outcome { return Outcome{Words: "tagged " + a.Get("tag") + "=" + a.Get("value")} }
