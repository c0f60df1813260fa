package valkey

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"ffboard/engine"
)

// keyEngines is ours and outside FlowFabric's names: the engines that were heard of lately, by when.
const keyEngines = "ff:ffboard:engines"

// keyEngine is what an engine last said of itself; it lapses with the engine.
func keyEngine(name string) string { return "ff:ffboard:engine:" + name }

const (
	enginesKept    = 10 * time.Minute // how long an engine that has gone is still named
	mostEngines    = 64               // that are read
	mostEngineName = 256
)

// storedBeat is a beat as it is stored. Times and durations are milliseconds, 0 for none.
type storedBeat struct {
	Host       string          `json:"host"`
	Version    string          `json:"version"`
	PID        int             `json:"pid"`
	StartedAt  int64           `json:"started_at"`
	At         int64           `json:"at"`
	Every      int64           `json:"every_ms"`
	Shares     []string        `json:"shares"`
	ShareCount int             `json:"share_count"`
	Scanners   []storedScanner `json:"scanners"`
}

type storedScanner struct {
	Name      string `json:"name"`
	Every     int64  `json:"every_ms"`
	LastPass  int64  `json:"last_pass_at"`
	TookUS    int64  `json:"took_us"`
	NextDue   int64  `json:"next_due"`
	Problem   string `json:"problem,omitempty"`
	Examined  int    `json:"examined"`
	Done      int    `json:"done"`
	Failed    int    `json:"failed"`
	Passes    uint64 `json:"passes"`
	AllDone   uint64 `json:"all_done"`
	AllFailed uint64 `json:"all_failed"`
}

// BeatEngine keeps the index of engines short as well: what has not been heard of for long leaves it.
func (b *Backend) BeatEngine(ctx context.Context, beat engine.EngineBeat, ttl time.Duration) error {
	const op = "beat_engine"
	if beat.Name == "" || len(beat.Name) > mostEngineName || beat.At.IsZero() || ttl < time.Millisecond {
		return engine.Invalid(op, "a beat needs an engine's name of at most "+strconv.Itoa(mostEngineName)+" bytes, a time and a TTL of at least 1 ms")
	}
	if err := b.checkInitialised(ctx, op); err != nil {
		return err
	}
	text, err := json.Marshal(storedOf(beat))
	if err != nil {
		return engine.Invalid(op, err.Error())
	}
	return b.pipelined(ctx, op, func(p redis.Pipeliner) {
		p.Set(ctx, keyEngine(beat.Name), text, ttl)
		p.ZAdd(ctx, keyEngines, redis.Z{Score: float64(beat.At.UnixMilli()), Member: beat.Name})
		p.ZRemRangeByScore(ctx, keyEngines, "-inf", scoreOf(beat.At.Add(-enginesKept)))
		p.PExpire(ctx, keyEngines, enginesKept)
	})
}

// ForgetEngine leaves nothing of an engine behind.
func (b *Backend) ForgetEngine(ctx context.Context, name string) error {
	return b.pipelined(ctx, "forget_engine", func(p redis.Pipeliner) {
		p.Del(ctx, keyEngine(name))
		p.ZRem(ctx, keyEngines, name)
	})
}

// engineBeats reads what the engines last said, those first that were heard of last.
func (b *Backend) engineBeats(ctx context.Context) ([]engine.EngineBeat, error) {
	const op = "engine_beats"
	index, err := b.rdb.ZRevRangeWithScores(ctx, keyEngines, 0, mostEngines-1).Result()
	if err != nil && !ofKey(err) {
		return nil, engine.Transport(op, err)
	}
	if len(index) == 0 {
		return nil, nil
	}
	texts := make([]*redis.StringCmd, len(index))
	err = b.pipelined(ctx, op, func(p redis.Pipeliner) {
		for i, z := range index {
			texts[i] = p.Get(ctx, keyEngine(memberOf(z)))
		}
	})
	if err != nil {
		return nil, err
	}
	beats := make([]engine.EngineBeat, len(index))
	for i, z := range index {
		beats[i] = engine.EngineBeat{Name: memberOf(z), At: time.UnixMilli(int64(z.Score))}
		switch text, err := texts[i].Bytes(); {
		case absent(err):
			beats[i].Gone = true
		case err != nil:
			beats[i].Malformed = []engine.FieldError{{Problem: err.Error()}}
		default:
			decodeBeat(&beats[i], text)
		}
	}
	return beats, nil
}

func memberOf(z redis.Z) string {
	member, _ := z.Member.(string)
	return member
}

func decodeBeat(beat *engine.EngineBeat, text []byte) {
	var stored storedBeat
	if err := json.Unmarshal(text, &stored); err != nil {
		beat.Malformed = []engine.FieldError{{Value: string(text), Problem: "not the JSON of a heartbeat"}}
		return
	}
	beat.Host, beat.Version, beat.PID = stored.Host, stored.Version, stored.PID
	beat.StartedAt, beat.At, beat.Every = fromMillis(stored.StartedAt), fromMillis(stored.At), milliseconds(stored.Every)
	beat.Shares, beat.ShareCount = stored.Shares, stored.ShareCount
	for _, s := range stored.Scanners {
		beat.Scanners = append(beat.Scanners, engine.ScannerBeat{
			Name: s.Name, Every: milliseconds(s.Every), LastPassAt: fromMillis(s.LastPass), Took: time.Duration(s.TookUS) * time.Microsecond,
			NextDue: fromMillis(s.NextDue), Problem: s.Problem, Examined: s.Examined, Done: s.Done, Failed: s.Failed,
			Passes: s.Passes, AllDone: s.AllDone, AllFailed: s.AllFailed,
		})
	}
}

func storedOf(beat engine.EngineBeat) storedBeat {
	stored := storedBeat{
		Host: beat.Host, Version: beat.Version, PID: beat.PID, StartedAt: toMillis(beat.StartedAt), At: toMillis(beat.At),
		Every: beat.Every.Milliseconds(), Shares: beat.Shares, ShareCount: beat.ShareCount,
	}
	for _, s := range beat.Scanners {
		stored.Scanners = append(stored.Scanners, storedScanner{
			Name: s.Name, Every: s.Every.Milliseconds(), LastPass: toMillis(s.LastPassAt), TookUS: s.Took.Microseconds(),
			NextDue: toMillis(s.NextDue), Problem: s.Problem, Examined: s.Examined, Done: s.Done, Failed: s.Failed,
			Passes: s.Passes, AllDone: s.AllDone, AllFailed: s.AllFailed,
		})
	}
	return stored
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// toMillis is 0 for the zero time, and fromMillis the way back.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n)
}
