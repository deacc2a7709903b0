// Package fault makes outputs fail on purpose, exactly where a plan says: a [Plan] is a value that prints as the text it
// was parsed from, an [Injector] is one run of it, and [Writer] and [Reader] obey it.
//
// In a test, give a [NewWriter] to the code in place of its file or connection, or a [NewReader] in place of its input, and ask
// [Injector.Unfired] at the end whether the fault has happened. [yjoint/core/pattern] tells what the other outputs have got. The
// programs of faultsink obey the same plans; an Injector alone is for those who write another back end.
//
// # Plans
//
//	plan    = rule *( ";" rule )
//	rule    = trigger action *( "->" action )
//	trigger = "at" SIZE | "across" SIZE | "read at" SIZE | "every" SIZE
//	        | "call" N | "when-full" | "open" | "close" | "fsync"
//	        | "rename"
//	action  = verb [ "*" COUNT ]
//	verb    = ERRNO | "short" SIZE
//	        | "stall" ( DURATION | "forever" | "until-full" )
//	        | "stall until" QUOTED-FILE | "rate" SIZE "/s"
//	        | "exit" STATUS | "kill" SIGNAL | "reset" | "hangup"
//	        | "nonblock" FD | "ok"
//
// For example
//
//	at 8GiB-1 ENOSPC                   no more than 8 GiB - 1 bytes fit
//	at 64KiB short 1 -> EINTR*3        one byte, then three interrupted calls, then all is well
//	at 1MiB stall until-full -> exit 1 die while the writer is blocked
//	close EIO                          what was written is lost after all
//
// SIZE is a number of bytes as 65536, 64KiB or 8GiB-1, COUNT and N begin with 1, DURATION is as Go writes it.
//
// # When a rule applies
//
//   - "at N": the write that crosses N is accepted up to N, the next call meets the action.
//   - "across N": the write that would go beyond N meets it whole. Smaller ones, which fit, pass.
//   - "every N": at each multiple of N, but not at 0. The actions begin anew each time; an errno happens once.
//   - "call N": the call with that number; the first is 1.
//   - "read at N": as "at", for what is read.
//   - "when-full": when the writer can go on no more, since nobody takes what it wrote.
//   - "open", "close", "fsync", "rename": these calls.
//
// N says whose bytes: a Writer, `faultsink exec` and `faultsink mount` count those that they accepted from the writer since
// that open, `faultsink gen` those that the pipe accepted from it, `faultsink sink` those that it consumed (what the pipe
// holds comes on top), a Reader those that it delivered.
//
// # What happens then
//
// Each call meets one action: an errno, a short write, or "ok", which lets it pass. What does not end the call ("stall", "rate",
// "nonblock", "hangup") is followed by the next action in the same call, but if it has a count, each of so many calls meets it.
// Where several rules apply, those for the call's number go first, then the others in their order; but what stops a call goes
// before what lets it pass, so that no "ok" or "short" of one rule carries bytes past the place of another. A write of no
// bytes meets no rule for a byte, as write(2) of none succeeds on a full disk.
//
// An action without a count happens once; an errno in last place without a count persists. After its last action a rule is
// spent. The bytes that a short write reports are really written; a write that is no longer than that is not short, and the
// action waits for one that is.
//
// A rule that never fired is a failure of the run: ask [Injector.Unfired].
package fault
