package valkey

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

// The vectors of spec 03b §2.5 and 01 §3.9.5: a waitpoint of this id, key and creation time, signed with this secret.
var tokenVectors = []struct {
	name, kid, secret string
	id                engine.WaitpointID
	key, createdAt    string
	token             engine.WaitpointToken
}{
	{"thirty-two zero bytes", "k1", strings.Repeat("00", 32), vectorID, "wpk:" + vectorID, "1700000000000", "k1:15ee50d4b338cbf43e6c940b3c495c549117a43c"},
	{"another secret", "k2", strings.Repeat("1f", 32), vectorID, "wpk:" + vectorID, "1700000000000", "k2:9f1530e3a799abc869c08f78b380156479e42397"},
	{"mixed case hex", "K-2026", "AbCdEf0123456789aBcDeF0123456789", vectorID, "order-4711/approval", "1750000123456", "K-2026:b2746ffbf19f50cf829d364c0c1a684294d3eac4"},
	{"a secret of one block", "k3", strings.Repeat("5a", 64), vectorID, "wpk:" + vectorID, "1700000000000", "k3:8d37878e1b83fa3cc7a7f9ce6d9d8298d78eb000"},
	{"a secret longer than a block", "k4", strings.Repeat("a5", 80), vectorID, "wpk:" + vectorID, "1700000000000", "k4:31eb9ae0ffa06229d1a30688e16f344a50ef3d37"},
	{"an empty waitpoint key", "k1", strings.Repeat("00", 32), vectorID, "", "1700000000000", "k1:cca064b997db9e38bdc104be80b6b9fe199e116c"},
	{"a waitpoint key of odd characters", "k1", strings.Repeat("00", 32), vectorID, "a|b é", "1700000000001", "k1:dfe1529e053dcf20ba7338fc5c22085cdd44ab10"},
	{"a secret of one byte", "k1", "ff", "00000000-0000-4000-8000-000000000001", "wpk:x", "1", "k1:0e2b02f6d24a54699aab27ef28a49c3f520d846b"},
	{"counting bytes", "k1", testSecret, "5b0e3c1a-9f64-4d2e-8a77-0c1d2e3f4a5b", "wpk:5b0e3c1a-9f64-4d2e-8a77-0c1d2e3f4a5b", "1700000000000", "k1:43249f55fb07872654ff754c6a75d7ccee1f3184"},
	{"a later time", "k1", strings.Repeat("00", 32), "33333333-3333-4333-8333-333333333333", "wpk:33333333-3333-4333-8333-333333333333", "1795372211290", "k1:14719511cd98c7207567acb82a60271e1810d4d6"},
}

const vectorID = "3f2b8c1e-5a7d-4e90-9c11-0a1b2c3d4e5f"

// plant writes a pending waitpoint of an execution as a vector has it.
func (x bench) plant(id engine.ExecutionID, waitpoint engine.WaitpointID, key, createdAt string) {
	x.Helper()
	x.must(x.rdb.HSet(x.ctx, x.waitpointKey(id, waitpoint), "waitpoint_id", string(waitpoint), "execution_id", string(id),
		"waitpoint_key", key, "created_at", createdAt, "state", "pending", "suspension_id", "").Err())
}

func (x bench) secrets(id engine.ExecutionID, fields ...string) {
	x.Helper()
	key := keysOf(id).partition().hmacSecrets()
	x.must(x.rdb.Del(x.ctx, key).Err())
	if len(fields) > 0 {
		x.must(x.rdb.HSet(x.ctx, key, fields).Err())
	}
}

func TestTokensVerifyAgainstTheVectors(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, v := range tokenVectors {
			t.Run(v.name, func(t *testing.T) {
				x := newBench(t, b)
				id := x.submit()
				x.plant(id, v.id, v.key, v.createdAt)
				x.secrets(id, "current_kid", v.kid, "secret:"+v.kid, v.secret)
				signal := signalTo(id, engine.IssuedWaitpoint{ID: v.id, Token: v.token}, "go")
				outcome, err := x.BufferSignal(x.ctx, signal)
				if err != nil || outcome.Effect != engine.EffectBuffered {
					t.Fatalf("%+v, %v", outcome, err)
				}
				forged := []byte(v.token)
				forged[len(forged)-1] ^= 1
				signal.Token = engine.WaitpointToken(forged)
				if _, err := x.BufferSignal(x.ctx, signal); !errors.Is(err, engine.CodeInvalidToken) {
					t.Fatalf("a forged token: %v", err)
				}
			})
		}
	})
}

func TestTokensAreSignedOverIdKeyAndTime(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		x := newBench(t, b)
		h := x.working()
		for _, waitpoint := range []engine.IssuedWaitpoint{x.pending(h, "a|b é"), x.suspended(h, waitFor("go")).Waitpoints[0]} {
			createdAt := x.hash(x.waitpointKey(h.ExecutionID, waitpoint.ID), "created_at")
			secret, err := hex.DecodeString(testSecret)
			x.must(err)
			mac := hmac.New(sha1.New, secret)
			mac.Write([]byte(string(waitpoint.ID) + "|" + waitpoint.Key + "|" + createdAt))
			if want := "k1:" + hex.EncodeToString(mac.Sum(nil)); waitpoint.Token.Reveal() != want {
				t.Errorf("token of %q is not the HMAC of its waitpoint", waitpoint.Key)
			}
		}
	})
}

func TestTokenVerificationFollowsTheKidsGrace(t *testing.T) {
	vector := tokenVectors[0]
	soon, gone := millisText(time.Now().Add(time.Hour)), millisText(time.Now().Add(-time.Second))
	old := []string{"current_kid", "k2", "secret:k2", strings.Repeat("1f", 32), "secret:k1", vector.secret}
	for _, test := range []struct {
		name    string
		secrets []string
		token   engine.WaitpointToken
		want    error
	}{
		{"the current kid", old, tokenVectors[1].token, nil},
		{"a kid in grace", append(old, "expires_at:k1", soon), vector.token, nil},
		{"a kid past its grace", append(old, "expires_at:k1", gone), vector.token, engine.CodeTokenExpired},
		{"a kid without an end", old, vector.token, engine.CodeTokenExpired},
		{"a kid whose end is no number", append(old, "expires_at:k1", "abc"), vector.token, engine.CodeTokenExpired},
		{"a kid that ends at 0", append(old, "expires_at:k1", "0"), vector.token, engine.CodeTokenExpired},
		{"a kid whose secret is gone", old[:4], vector.token, engine.CodeInvalidToken},
		{"the current kid without a secret", []string{"current_kid", "k1"}, vector.token, engine.CodeInvalidToken},
		{"no signing keys", nil, vector.token, engine.CodeHMACSecretNotInitialized},
		{"a secret that is no hex", []string{"current_kid", "k1", "secret:k1", "zz"}, vector.token, engine.CodeInvalidSecret},
		{"a secret of odd length", []string{"current_kid", "k1", "secret:k1", "000"}, vector.token, engine.CodeInvalidSecret},
		{"upper case", append(old, "expires_at:k1", soon), engine.WaitpointToken("k1:" + strings.ToUpper(vector.token.Reveal()[3:])), engine.CodeInvalidToken},
		{"no token", old, "", engine.CodeMissingToken},
		{"a kid alone", old, "k1", engine.CodeInvalidToken},
		{"a kid and a colon", old, "k1:", engine.CodeInvalidToken},
		{"no kid", old, vector.token[2:], engine.CodeInvalidToken},
		{"a short digest", old, "k1:15ee", engine.CodeInvalidToken},
		{"an unknown kid", old, engine.WaitpointToken("k9:" + strings.Repeat("0", 40)), engine.CodeInvalidToken},
	} {
		t.Run(test.name, func(t *testing.T) {
			eachServer(t, func(t *testing.T, b *Backend) {
				x := newBench(t, b)
				id := x.submit()
				x.plant(id, vector.id, vector.key, vector.createdAt)
				x.secrets(id, test.secrets...)
				_, err := x.BufferSignal(x.ctx, signalTo(id, engine.IssuedWaitpoint{ID: vector.id, Token: test.token}, "go"))
				if !errors.Is(err, test.want) {
					t.Fatalf("error %v, want %v", err, test.want)
				}
				if noted := x.core(id, "last_hmac_validation_failed_at") != ""; noted != (test.want != nil) {
					t.Errorf("the refusal is noted: %v", noted)
				}
			})
		})
	}
}

func TestQ071AHandWrittenSecretWithABlankOrAPlusSigns(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, secret := range []string{"+f", " f", "f ", "\tF", "0f"} {
			x := newBench(t, b)
			h := x.working()
			x.secrets(h.ExecutionID, "current_kid", "k1", "secret:k1", secret)
			waitpoint := x.pending(h, "k")
			mac := hmac.New(sha1.New, []byte{0x0f})
			mac.Write([]byte(string(waitpoint.ID) + "|k|" + x.hash(x.waitpointKey(h.ExecutionID, waitpoint.ID), "created_at")))
			if want := "k1:" + hex.EncodeToString(mac.Sum(nil)); waitpoint.Token.Reveal() != want {
				t.Errorf("secret %q does not sign as byte 0x0f", secret)
			}
		}
	})
}

func TestMintingWithoutAUsableKeyIsRefused(t *testing.T) {
	eachServer(t, func(t *testing.T, b *Backend) {
		for _, test := range []struct {
			secrets []string
			want    error
		}{
			{nil, engine.CodeHMACSecretNotInitialized},
			{[]string{"current_kid", "k1"}, engine.CodeHMACSecretNotInitialized},
			{[]string{"secret:k1", "00"}, engine.CodeHMACSecretNotInitialized},
			{[]string{"current_kid", "k1", "secret:k1", "zz"}, engine.CodeInvalidSecret},
		} {
			x := newBench(t, b)
			h := x.working()
			x.secrets(h.ExecutionID, test.secrets...)
			if _, err := x.CreateWaitpoint(x.ctx, h, "k", time.Hour); !errors.Is(err, test.want) {
				t.Errorf("%v: create %v, want %v", test.secrets, err, test.want)
			}
			if _, err := x.Suspend(x.ctx, h, waitFor("go")); !errors.Is(err, test.want) {
				t.Errorf("%v: suspend %v, want %v", test.secrets, err, test.want)
			}
			x.wantPhase(h.ExecutionID, engine.PhaseActive)
		}
	})
}
