package core

import (
	"context"
	"io"
	"slices"
	"testing"
)

// recorded is an output that notes what is done to it.
type recorded struct {
	plainOutput
	deeds *[]string
}

func (o recorded) release() { *o.deeds = append(*o.deeds, "release") }

func (o recorded) close() error {
	*o.deeds = append(*o.deeds, "close")
	return nil
}

// TestCleanUp requires that an output of which a call has returned too late is given back as all others are: released, and then
// closed, or what is below it by the spec's Finish.
func TestCleanUp(t *testing.T) {
	for _, finish := range []bool{false, true} {
		var deeds []string
		s := &sink{out: recorded{plainOutput{w: io.Discard}, &deeds}}
		want := []string{"release", "close"}
		if finish {
			want[1] = "finish"
			s.spec.Finish = func(context.Context, End) error {
				deeds = append(deeds, "finish")
				return nil
			}
		}
		s.cleanUp(OpWrite)
		if !slices.Equal(deeds, want) {
			t.Errorf("with Finish %v: %v, want %v", finish, deeds, want)
		}
	}
}
