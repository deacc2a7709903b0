//go:build linux && (amd64 || arm64)

package supervisor

import (
	"os"
	"os/signal"
	"testing"

	"golang.org/x/sys/unix"

	"yjoint/cmd/internal/ledger"
	"yjoint/core/fault"
)

// TestSignalled: signals for this process, as the runtime sends them to its own threads, don't end the receiving of calls. When they do,
// it takes some runs until no thread receives any more, and then this hangs.
func TestSignalled(t *testing.T) {
	runs := 5
	if testing.Short() {
		runs = 1
	}
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, unix.SIGURG)
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			unix.Kill(unix.Getpid(), unix.SIGURG)
			<-handled // the next one waits for this, so that signals don't take all the time there is
			select {
			case <-over:
				return
			default:
			}
		}
	}()
	defer func() {
		close(over)
		<-ended
		signal.Stop(handled)
	}()
	for range runs {
		s, err := ledger.Parse("f=every 10kB EINTR", fault.ForExec, true, t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		if ws, _ := runProgram(t, t.TempDir(), ledger.New([]ledger.Spec{s}), "threads write to one file"); ws.ExitStatus() != 0 {
			t.Errorf("it ended by %v, %v", ws.ExitStatus(), ws.Signal())
		}
	}
}
