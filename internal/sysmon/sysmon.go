// Package sysmon keeps a fault of Go's runtime from stopping a program for a minute. A program imports it for that alone.
//
// To stop the world, for the garbage collector or for [runtime.GOMAXPROCS], Go takes the processors of all goroutines that are in a
// system call. Since 1.26 it misses one that enters its call at that very moment: reentersyscall looks whether the world is being
// stopped before it says that the goroutine is in a call, and stopTheWorldWithSema looks for such goroutines once. From then on no
// goroutine runs until that call returns, which may be the one that waits for what another goroutine of this process is to do, as
// with a file system that it serves itself; or the write to an output that is stuck, while all others wait. The runtime's monitor,
// sysmon, would take the processor away, but it sleeps while the world is being stopped: for a minute, or until the next timer is due.
// (Seen with Go 1.26.8 and 1.27.4, once in some million stops of the world beside two goroutines with blocking pipes. 1.26.11 has the
// same source. Go 1.25 looks after it has said so.)
//
// So this package has a timer due all the time. Such a stop then lasts as long as it takes until that, and some 20 ms.
package sysmon

import "time"

// period is how often the timer is due. It wakes the processor each time, which takes some 10 µs.
const period = 250 * time.Millisecond

// due hands over a value each time that the timer is due while somebody waits for it.
var due = make(chan struct{})

func init() {
	go func() {
		for range time.Tick(period) {
			select {
			case due <- struct{}{}:
			default:
			}
		}
	}()
}
