package views

import (
	"testing"
	"time"

	"ffboard/engine"
	"ffboard/theme"
	"ffboard/views/viewstest"
)

func TestFormatsAreShort(t *testing.T) {
	now := viewstest.Now
	for want, got := range map[theme.Text]theme.Text{
		"12s": Span(12 * time.Second), "3m": Span(3*time.Minute + 59*time.Second), "2h": Span(2 * time.Hour), "4d": Span(100 * time.Hour),
		"250ms": Span(250 * time.Millisecond), "-7m": Until(now, now.Add(-7*time.Minute)),
		"0s": Age(now, now.Add(time.Second)), "1m": Age(now, now.Add(-61*time.Second)), "": Age(now, time.Time{}),
		"95s": "95s", "1,234,567": Count(1234567), "-1,234": Count(-1234), "999": Count(999), "100,000": Count(100000),
		"12k": Brief(12_345), "3.4M": Brief(3_456_789), "7": Brief(7), "1.0k": Brief(1000),
		"512B": Size(512), "1.5K": Size(1536), "64K": Size(65536), "1.0M": Size(1 << 20),
		"40%": Percent(40), "3.5/s": Rate(3.5), "1 lane": Plural(1, "lane", "lanes"), "0 lanes": Plural(0, "lane", "lanes"),
		"18446744073709551615": theme.Number(^uint64(0)), "-9223372036854775808": theme.Number(int64(-1 << 63)),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestShortIDs(t *testing.T) {
	for _, c := range []struct{ got, want theme.Text }{
		{ShortFlow("0f10a000-5a1e-4f00-8a00-000000000000"), "0f10a000"},
		{ShortExecution("{fp:7}:e0000000-e4ec-4a00-9b00-000000000000"), "e0000000"},
		{ShortExecution("{fp:7}:no uuid"), "{fp:7}:…"},
		{ShortFlow("\x1b[2J"), `\x1b[2J`},
		{ShortFlow(engine.FlowID(viewstest.Hostile())), `\x1b[2J…`},
		{ShortFlow(""), ""},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestEveryStateLooksLikeItself(t *testing.T) {
	th := theme.Bare()
	seen := map[theme.State]engine.PublicState{}
	for _, s := range engine.PublicStates() {
		look := StateLook(s)
		if other, dup := seen[look]; dup || look == theme.Unknown {
			t.Errorf("%s looks like %s", s, other)
		}
		seen[look] = s
	}
	if got := StateCell(th, "\x1b[2J").Text; got != `? \x1b[2J` {
		t.Errorf("an unknown state is %q", got)
	}
}

func TestAMomentFitsIntoFiveCells(t *testing.T) {
	now := time.Date(2026, 11, 28, 15, 4, 5, 0, time.Local)
	for _, c := range []struct {
		at   time.Time
		want theme.Text
	}{
		{now, "15:04"},
		{now.Add(-5 * time.Hour), "10:04"},
		{now.AddDate(0, 0, -1), "Nov27"},
		{now.AddDate(-1, 0, 0), "2025"},
		{time.Time{}, ""},
	} {
		if got := Moment(now, c.at); got != c.want {
			t.Errorf("%v is %q, want %q", c.at, got, c.want)
		}
	}
}
