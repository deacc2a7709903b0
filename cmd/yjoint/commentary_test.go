package main

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yjoint/core"
)

// lines is a speaker that keeps what is said.
type lines []string

func (l *lines) say(format string, args ...any) { *l = append(*l, fmt.Sprintf(format, args...)) }
func (l *lines) hint(text string)               { l.say("hint: %s", text) }

// TestPending: that an output's reader has left is told when it has turned out to be the failure, or after pendingPatience; a verdict
// that is better then is told after it.
func TestPending(t *testing.T) {
	left := core.SinkReport{Name: "o", Op: core.OpWrite, Accepted: 5, Err: syscall.EPIPE}
	complete := core.SinkReport{Name: "o", Accepted: 5, Verdict: core.Complete}
	broken, exit := left, left
	broken.Verdict = core.Failed
	exit.Verdict, exit.Op, exit.Err = core.Failed, core.OpExit, errors.New("exit status 3")
	const (
		toldBroken   = "o: write at byte 5: broken pipe (EPIPE); 1 output left"
		toldComplete = "o: complete after all: it had taken the whole stream"
		toldExit     = "o: exit at byte 5: exit status 3; 1 output left"
	)
	for name, tt := range map[string]struct {
		after time.Duration
		end   core.SinkReport
		want  []string
	}{
		"complete":       {pendingPatience - 1, complete, nil},
		"complete, late": {pendingPatience, complete, []string{toldBroken, toldComplete}},
		"broken":         {pendingPatience - 1, broken, []string{toldBroken}},
		"broken, late":   {pendingPatience, broken, []string{toldBroken}},
		"exit":           {pendingPatience - 1, exit, []string{toldExit}},
		"exit, late":     {pendingPatience, exit, []string{toldBroken, toldExit}},
	} {
		t.Run("case="+name, func(t *testing.T) {
			var said lines
			synctest.Test(t, func(t *testing.T) {
				c := newCommentary(&said, false, []string{""}, func(_ int, name string) string { return name })
				c.observe(core.Event{Kind: core.EventDetached, Sink: left, Left: 1, Pending: true})
				time.Sleep(tt.after) // of fake time
				synctest.Wait()
				c.observe(core.Event{Kind: core.EventSettled, Sink: tt.end, Left: 1})
				time.Sleep(2 * pendingPatience) // of fake time: what is held back is told
			})
			if diff := cmp.Diff(tt.want, []string(said)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
