package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"ffboard/engine"
)

const rawToken = "k1:15ee50d4b338cbf43e6c940b3c495c549117a43c"

func TestATokenNeverShowsItself(t *testing.T) {
	token := engine.WaitpointToken(rawToken)
	record := struct{ Token engine.WaitpointToken }{token}

	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "token", token, "record", record)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token, "record", record)
	asJSON, err := json.Marshal(record)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{log.String(), string(asJSON), token.String()}
	for _, verb := range []string{"%s", "%v", "%+v", "%#v", "%q", "%x", "%d", "%T %[1]v"} {
		shown = append(shown, fmt.Sprintf(verb, token), fmt.Sprintf(verb, record), fmt.Sprintf(verb, &record), fmt.Sprintf(verb, []engine.WaitpointToken{token}))
	}
	for _, text := range shown {
		if strings.Contains(text, "15ee50d4") || strings.Contains(text, fmt.Sprintf("%x", "15ee50d4")) {
			t.Errorf("shown: %s", text)
		}
	}
	if token.String() != "k1:<REDACTED:len=40>" {
		t.Errorf("redacted form %s", token)
	}
	if token.Reveal() != rawToken || token.Kid() != "k1" || token.Fingerprint() != "15ee50d4b338cbf4" {
		t.Errorf("parts: %q, %q", token.Kid(), token.Fingerprint())
	}
}

func TestAMalformedTokenShowsNothing(t *testing.T) {
	for _, raw := range []string{"", "k1", "k1:", ":15ee", "15ee50d4b338cbf43e6c940b3c495c549117a43c"} {
		token := engine.WaitpointToken(raw)
		if token.String() != "<REDACTED:malformed>" || token.Kid() != "" || token.Fingerprint() != "" {
			t.Errorf("%q: %s, %q, %q", raw, token, token.Kid(), token.Fingerprint())
		}
	}
	if short := engine.WaitpointToken("k:ab:c"); short.Kid() != "k" || short.Fingerprint() != "ab:c" {
		t.Errorf("the kid ends at the first colon: %q, %q", short.Kid(), short.Fingerprint())
	}
}
