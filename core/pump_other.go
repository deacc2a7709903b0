//go:build !linux

package core

// pump is empty: tee(2) and splice(2) are Linux's.
type pump struct{ shared int64 }

func newPump(*run, []Sink) (*pump, error) { return nil, nil }

func (*pump) reads() bool               { return false }
func (*pump) readAll() bool             { return true }
func (*pump) carries(output) bool       { return false }
func (*pump) carry(*sink) (turn, error) { return turnHalt, nil }
func (*pump) start()                    {}
func (*pump) stop()                     {}
func (*pump) used() bool                { return false }
