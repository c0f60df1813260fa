package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"ffboard/engine"
)

const readTimeout = 50 * time.Millisecond

// impatient is a server that waits readTimeout for a request.
func impatient(t *testing.T, b *backend) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(newAPI(t, b))
	server.Config.ReadTimeout = readTimeout
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// sendHalf sends a request whose body never ends, and returns the answer.
func sendHalf(t *testing.T, b *backend, target string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", impatient(t, b).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{", target)
	w, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	text, err := io.ReadAll(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.StatusCode, string(text)
}

func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	status, body := sendHalf(t, newBackend(), path+"/cancel")
	if want := `{"error":"the body did not come in time"}`; status != http.StatusRequestTimeout || body != want {
		t.Errorf("gave %d %s, want 408 %s", status, body, want)
	}
}

func TestABodyThatNobodyReadsIsNotWaitedForEither(t *testing.T) {
	b := newBackend()
	b.state = engine.StateWaiting
	if status, body := sendHalf(t, b, path+"/replay"); status != http.StatusOK {
		t.Errorf("gave %d %s", status, body)
	}
}

// The time for the request must not run on while it is answered: it would end its context.
func TestACallMayTakeLongerThanItsRequest(t *testing.T) {
	b := newBackend()
	b.rotation = []engine.RotationResult{rotatedOn(0)}
	b.rotate = func(ctx context.Context) {
		select {
		case <-ctx.Done():
			b.rotation[0].Err = ctx.Err()
		case <-time.After(4 * readTimeout):
		}
	}
	w, err := http.Post(impatient(t, b).URL+rotateTarget, "application/json", strings.NewReader(`{"new_kid":"k2","new_secret_hex":"0011"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer w.Body.Close()
	if w.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(w.Body)
		t.Errorf("gave %d %s", w.StatusCode, text)
	}
}
