//go:build !patient

package core

import "time"

// promisePatience is what a caller's Open, Finish or Step, which promise to return soon, is given. Ending a command and
// everything that it has started takes 5 s where TERM is ignored.
const promisePatience = 12 * time.Second
