// Package faultfs is a file system whose files fail as plans say: it stores what it accepts, in memory, in another folder, or
// nowhere, and gives errnos, short transfers and stalls to the programs that use it. Linux only, by FUSE.
//
// # What a plan sees
//
// Bytes are counted for each open file, from its open: those that were accepted by writes, and those that reads delivered.
// What a plan lets pass has the semantics of a system call: "at N" makes the write that crosses N return the smaller count,
// and the next one meets the action.
//
// The kernel hands over a write(2) or read(2) of up to [MaxTransfer] bytes as the program made it, and a longer one in
// pieces of that size. They count as one call; but "across", "short" and "ok" look at a piece: nobody knows what follows it.
// What a plan has to say about a piece that is not the first is left to the next call: the program gets the sum so far.
// The same holds for a writev(2) of more than 256 parts.
//
// A stall ends a call with EINTR if a signal arrives, which a disk never does. The next call of that kind goes on with the
// same stall, so that stray signals don't shorten it. While a write stalls, who truncates or removes the file waits too.
//
// "close" is a close(2) that somebody calls: what the kernel closes when a process exits has no result that anyone could
// see. The kernel tells of each close of a duplicated descriptor; one after which the same process still has the file open
// (a shell's "cmd >file" opens, duplicates and closes it) does not count.
//
// # What it can't do
//
// Files can't be mapped into memory to be shared (ENODEV): such bytes would reach no call. ENOSYS is refused in plans, since
// the kernel takes it for a file system that lacks the call, and doesn't pass it on. SIGPIPE and SIGXFSZ don't come with their
// errnos.
package faultfs

import (
	"os"

	"yjoint/cmd/internal/ledger"
)

// MaxTransfer is the length in bytes of the longest write or read that arrives in one piece. The kernel takes 1 MiB of whole
// pages; this much fits wherever in a page it begins. It is odd on purpose: hardly any program makes calls of just this
// length, so that a request which has it must be the beginning of a longer call.
var MaxTransfer = 1<<20 - os.Getpagesize() + 1

// Options say what the files do with what they accept. The zero value has no faults and stores in memory.
type Options struct {
	// Ledger has the faults, and the account of them; nil: none. It must come from specs for which [Check] returned nil.
	Ledger *ledger.Ledger
	// Size is how many bytes the files may store in all, holes not counted; 0: half of the machine's memory, or without
	// limit if nothing is stored in memory. It can't be given with Backing.
	Size int64
	// Backing is a folder where the files really are; "": in memory.
	Backing string
	// Discard keeps nothing of files but their lengths: what was written reads as zeros.
	Discard bool
	// Note is called with what people should know, such as that a dead mount was cleared; nil: nobody wants to. It may be
	// called by several goroutines.
	Note func(text string)
}

func (o *Options) note(text string) {
	if o.Note != nil {
		o.Note(text)
	}
}
