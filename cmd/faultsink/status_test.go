package main

import (
	"errors"
	"fmt"
	"testing"
)

// TestStatusOf: of several errors, the one that says least of the tested program decides.
func TestStatusOf(t *testing.T) {
	unexpected := &statusError{errUnexpected, errors.New("a")}
	unfired := &statusError{errUnfired, errors.New("b")}
	timeout := &statusError{errTimeout, errors.New("c")}
	own := errors.New("d")
	for _, c := range []struct {
		err  error
		want int
	}{
		{unexpected, statusUnexpected},
		{unfired, statusUnfired},
		{timeout, statusTimeout},
		{own, statusFailed},
		{fmt.Errorf("with more: %w", unfired), statusUnfired},
		{errors.Join(unfired, unexpected), statusUnfired},
		{errors.Join(unexpected, nil, unfired), statusUnfired},
		{errors.Join(unexpected, errors.Join(unfired, own)), statusFailed},
	} {
		if got := statusOf(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
	}
}
