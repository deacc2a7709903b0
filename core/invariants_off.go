//go:build !race && !invariants

package core

// invariants: what a mistake in the engine would break is checked all the time; see invariants_on.go. Here it isn't, at no cost.
const invariants = false

type lifecycle struct{}

func (*lifecycle) use()     {}
func (*lifecycle) release() {}
func (*lifecycle) close()   {}
func (*lifecycle) settle()  {}

type owner struct{}

func (*owner) take()  {}
func (*owner) check() {}
func (*owner) claim() {}

type account struct{}

func (*account) allocated(*window)    {}
func (*account) released(*chunk)      {}
func (*account) accepted(int64, bool) {}
func (*account) retire(*window)       {}
