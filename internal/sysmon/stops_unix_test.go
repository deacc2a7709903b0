//go:build unix

package sysmon

import (
	"flag"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var stopFor = flag.Duration("stop", time.Second, "for how long TestStopsOfTheWorldEnd stops the world again and again")

// TestStopsOfTheWorldEnd stops the world while a goroutine enters blocking calls, which another one ends. Without the timer of this package
// one in some million stops lasts for a minute:
//
//	go test ./internal/sysmon -run '^TestStopsOfTheWorldEnd$' -args -stop 5m
func TestStopsOfTheWorldEnd(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	var enough atomic.Bool
	var players sync.WaitGroup
	defer players.Wait()
	defer enough.Store(true)
	pingPong(t, &players, &enough)
	n, longest := 0, time.Duration(0)
	for begin := time.Now(); time.Since(begin) < *stopFor; n++ {
		before := time.Now()
		runtime.ReadMemStats(new(runtime.MemStats))
		longest = max(longest, time.Since(before))
	}
	// Far from both what a busy machine does to it, and a minute.
	if longest > 30*time.Second {
		t.Errorf("one of %d stops of the world lasted %v", n, longest)
	}
	t.Logf("%d stops of the world, the longest %v", n, longest)
}

// pingPong has two goroutines send a byte to each other through pipes, with calls that block, until it is enough.
func pingPong(t *testing.T, players *sync.WaitGroup, enough *atomic.Bool) {
	t.Helper()
	var there, back [2]int
	for _, p := range []*[2]int{&there, &back} {
		if err := unix.Pipe(p[:]); err != nil {
			t.Fatal(err)
		}
	}
	players.Go(func() {
		defer unix.Close(there[0])
		defer unix.Close(back[1])
		for b := make([]byte, 1); ; {
			if n, _ := unix.Read(there[0], b); n <= 0 {
				return
			}
			unix.Write(back[1], b)
		}
	})
	players.Go(func() {
		defer unix.Close(there[1])
		defer unix.Close(back[0])
		for b := make([]byte, 1); !enough.Load(); {
			unix.Write(there[1], b)
			unix.Read(back[0], b)
		}
	})
}
