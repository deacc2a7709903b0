package main

import (
	"strings"
	"testing"
	"time"

	"yjoint/core"
)

// lineWriter passes on what is written to it, and blocks while nobody takes it.
type lineWriter chan string

func (w lineWriter) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

// TestProgressPlain: lines come every so often, and no more while nobody takes them: none is lost by that.
func TestProgressPlain(t *testing.T) {
	written := make(lineWriter)
	d := newDiagnostics(written, false)
	p := newProgress(d, newMeter(sizeUnknown, nil), &core.Monitor{}, true)
	p.every = time.Millisecond
	go p.serve()
	for range 3 {
		if line := <-written; !strings.HasPrefix(line, "yjoint: total: 0 bytes read, ") {
			t.Errorf("got %q", line)
		}
	}
	// One is being written: what comes meanwhile is left out.
	<-written
	d.mu.Lock()
	queued := len(d.lines)
	d.mu.Unlock()
	if queued > 1 {
		t.Errorf("%d lines wait", queued)
	}
	stopped := make(chan struct{})
	go func() {
		p.stop()
		d.flush()
		close(stopped)
	}()
	for {
		select {
		case <-written:
			continue
		case <-stopped:
		}
		break
	}
	if lost := d.flush(); lost != 0 {
		t.Errorf("%d lines lost", lost)
	}
}
