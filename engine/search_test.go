package engine

import (
	"reflect"
	"strings"
	"testing"
)

const searchedID ExecutionID = "{fp:7}:9b1c0000-0000-4000-8000-000000000001"

func TestAQueryIsReadAsItIsTyped(t *testing.T) {
	for text, want := range map[string]ExecutionQuery{
		"":                                    {},
		"state:failed lane:gpu,llm ns:acme":   {States: []PublicState{StateFailed}, Lanes: []LaneID{"gpu", "llm"}, Namespace: "acme"},
		"tag:team.owner=img worker:w1 kind:x": {Tags: []Tag{{"team.owner", "img"}}, Worker: "w1", Kind: "x"},
		`reason:"timed out" oops`:             {Reason: "timed out", Words: []string{"oops"}},
		"id:9b1c":                             {IDPrefix: "9b1c"},
		"http://x":                            {Words: []string{"http://x"}},
		string(searchedID):                    {ID: searchedID},
		"state:ended":                         {States: []PublicState{StateCompleted, StateFailed, StateCancelled, StateExpired, StateSkipped}},
	} {
		got, err := ParseExecutionQuery(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
		if again, err := ParseExecutionQuery(got.String()); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%q comes back as %q: %+v, %v", text, got.String(), again, err)
		}
	}
}

func TestAQueryThatMakesNoSenseSaysWhatWould(t *testing.T) {
	for text, want := range map[string]string{
		"state:broken": "waiting", "state:": "state: wants", "flow:12": "UUID", "tag:team": "team.owner=img", `reason:"open`: "quote",
	} {
		if _, err := ParseExecutionQuery(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestAQueryMatchesWhatHasAllThatItNames(t *testing.T) {
	row := ExecutionRow{ID: searchedID, Lane: "gpu", Namespace: "acme", Kind: "resize", State: StateFailed, Worker: "pool",
		WorkerInstance: "w1", FailureReason: "Timeout: upstream"}
	tags := map[string]string{"team.owner": "img"}
	for text, want := range map[string]bool{
		"": true, "state:failed": true, "state:active": false, "state:active,failed lane:gpu": true, "lane:llm": false, "ns:acme kind:resize": true,
		"ns:acm": false, "worker:w1": true, "worker:pool": true, "id:9b1c": true, "id:{fp:7}:9b": true, "id:b1c": false,
		"reason:timeout": true, "TIMEOUT gpu": true, "timeout llm": false, "tag:team.owner=img": true, "tag:team.owner=ml": false, "tag:no.such=": false,
	} {
		q, err := ParseExecutionQuery(text)
		if err != nil || q.Match(&row, tags) != want {
			t.Errorf("%q: want %v, %v", text, want, err)
		}
	}
}

func TestARecordThatIsGoneIsFoundWhereItsIndexHoldsIt(t *testing.T) {
	row := ExecutionRow{ID: searchedID, Missing: true}
	for text, want := range map[string]bool{"": true, "state:failed lane:gpu": true, "id:9b1c": true, "id:0": false, "kind:resize": false, "id:9b1c kind:x": false} {
		q, err := ParseExecutionQuery(text)
		if err != nil || q.Match(&row, nil) != want {
			t.Errorf("%q: want %v, %v", text, want, err)
		}
	}
}

func FuzzAQueryComesBackAsItWas(f *testing.F) {
	f.Add(`state:failed lane:gpu reason:"timed out" free`)
	f.Fuzz(func(t *testing.T, text string) {
		q, err := ParseExecutionQuery(text)
		if err != nil || strings.Contains(text, `"`) {
			return
		}
		if again, err := ParseExecutionQuery(q.String()); err != nil || again.String() != q.String() {
			t.Errorf("%q: %q and then %q, %v", text, q.String(), again.String(), err)
		}
	})
}
