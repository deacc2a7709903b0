//go:build unix

package sys

import "sync/atomic"

// Call is a system call that is about to move bytes to a descriptor.
type Call struct {
	Name string // "write", "pwritev2", "sendmsg", "splice" or "tee"
	To   int    // the descriptor that gets them
	N    int64  // how many at most
}

var interceptor atomic.Pointer[func(Call) (most int64, err error)]

// Intercept is for tests: until undo is called, f decides before each such call of the process how many bytes it moves at most, from
// 1 to N, or with which errno it fails. f is called by many goroutines. The calls are real otherwise.
func Intercept(f func(Call) (most int64, err error)) (undo func()) {
	interceptor.Store(&f)
	return func() { interceptor.Store(nil) }
}

// intercept asks what Intercept was given.
func intercept(name string, to int, n int64) (most int64, err error) {
	f := interceptor.Load()
	if f == nil || n == 0 {
		return n, nil
	}
	return (*f)(Call{name, to, n})
}

// intercepted makes a call that writes p, or as much of it as it may.
func intercepted(name string, to int, p []byte, call func(p []byte) (int, error)) (int, error) {
	return retry(func() (int, error) {
		most, err := intercept(name, to, int64(len(p)))
		if err != nil {
			return 0, err
		}
		return call(p[:most])
	})
}
